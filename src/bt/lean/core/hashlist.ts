// The list of piece hashes of one blob: a prefix that grows, of one generation. A hash never proves content, only the blob's digest does;
// hashes say where a fault is. So peers' lists are believed until two of them differ, and then the issuer is asked before anybody is
// blamed.
import type { HashList } from "./messages.ts";

export const HASH_BYTES = 20;
/** Hashes in one message: 80 KiB. */
export const HASHES_PER_MESSAGE = 4096;
const MAX_DISPUTES = 64;
/** Stands for "the issuer itself, or our own work" where a node could stand. */
export const TRUSTED = "";

/** growing -> complete -> proven, or retracted. */
export type ListPhase = "empty" | "growing" | "complete" | "proven" | "retracted";

/** A node said another hash than the list has. */
export type Dispute = {
  readonly node: string;
  readonly piece: number;
  readonly hash: Uint8Array;
  readonly generation: number;
};

export type ListState = {
  readonly count: number;
  phase: ListPhase;
  generation: number;
  issuer: number;
  readonly hashes: Uint8Array;
  /** How many hashes are known, from piece 0 on. */
  known: number;
  /** Who said each hash first, and how many others said the same. */
  readonly voucher: string[];
  readonly seconds: Uint8Array;
  disputes: Dispute[];
  /** A later generation that some peer streams, until it covers ours or the issuer has decided. */
  newer: { readonly node: string; readonly list: ListState } | undefined;
};

export const createListState = (count: number): ListState => ({
  count,
  phase: "empty",
  generation: -1,
  issuer: 0,
  hashes: new Uint8Array(count * HASH_BYTES),
  known: 0,
  voucher: [],
  seconds: new Uint8Array(count),
  disputes: [],
  newer: undefined,
});

export const hashOf = (list: { readonly hashes: Uint8Array }, piece: number): Uint8Array =>
  list.hashes.subarray(piece * HASH_BYTES, (piece + 1) * HASH_BYTES);

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < HASH_BYTES; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The issuer said the hash. */
export const isTrusted = (list: ListState, piece: number): boolean =>
  list.voucher[piece] === TRUSTED;

/** Several nodes say the hash, and none another one. */
export const isUndisputed = (list: ListState, piece: number): boolean =>
  (list.seconds[piece] ?? 0) > 0 && !list.disputes.some((dispute) => dispute.piece === piece);

/** The next part of the list for a link whose cursor is at `from`. */
export function partFrom(
  list: ListState,
  from: number,
  to = list.known,
): HashList & { readonly first: number } {
  const until = Math.min(to, from + HASHES_PER_MESSAGE);
  const hashes = list.hashes.slice(from * HASH_BYTES, until * HASH_BYTES);
  return { generation: list.generation, issuer: list.issuer, first: from, hashes };
}

export const wholeList = (list: ListState): HashList => ({
  generation: list.generation,
  issuer: list.issuer,
  hashes: list.hashes.slice(0, list.known * HASH_BYTES),
});

/** Appends, and says whether anything was new. Hashes at or before the end that differ are disputes. */
function extend(list: ListState, node: string, first: number, hashes: Uint8Array): Offered {
  const count = hashes.length / HASH_BYTES;
  let outcome: Offered = "same";
  for (let index = 0; index < count; index++) {
    const piece = first + index;
    const hash = hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
    if (piece >= list.known) {
      append(list, node, hash);
      if (outcome === "same") outcome = "grew";
    } else if (sameHash(hashOf(list, piece), hash)) {
      if (list.voucher[piece] !== node)
        list.seconds[piece] = Math.min(255, (list.seconds[piece] ?? 0) + 1);
    } else {
      dispute(list, { node, piece, hash: hash.slice(), generation: list.generation });
      outcome = "disputed";
    }
  }
  return outcome;
}

function append(list: ListState, node: string, hash: Uint8Array): void {
  list.hashes.set(hash, list.known * HASH_BYTES);
  list.voucher[list.known] = node;
  list.seconds[list.known] = 0;
  list.known++;
  if (list.phase !== "proven") list.phase = list.known === list.count ? "complete" : "growing";
}

function dispute(list: ListState, one: Dispute): void {
  const isKnown = list.disputes.some((d) => d.node === one.node && d.piece === one.piece);
  if (!isKnown && list.disputes.length < MAX_DISPUTES) list.disputes.push(one);
}

/**
 * grew: hashes were appended. disputed: some differ from ours, or a later generation does: ask the issuer. renewed: a later generation
 * that agrees with ours took its place. stale: of an earlier or retracted one. gap: it goes on from where ours has not come to, since ours was
 * cut short. malformed: cannot be.
 */
export type Offered = "grew" | "same" | "disputed" | "renewed" | "stale" | "gap" | "malformed";

/** What a node says of the list. */
export function offer(list: ListState, node: string, part: HashList & { first: number }): Offered {
  const count = part.hashes.length / HASH_BYTES;
  const isWhole = Number.isInteger(count) && count <= HASHES_PER_MESSAGE;
  if (!isWhole || part.first + count > list.count) return "malformed";
  if (part.generation < list.generation) return "stale";
  if (part.generation === list.generation) {
    if (list.phase === "retracted") return "stale";
    return part.first > list.known ? "gap" : extend(list, node, part.first, part.hashes);
  }
  if (list.known === 0) return part.first > 0 ? "stale" : begin(list, node, part);
  return offerNewer(list, node, part);
}

function begin(list: ListState, node: string, part: HashList & { first: number }): Offered {
  list.phase = "growing";
  list.generation = part.generation;
  list.issuer = part.issuer;
  return extend(list, node, part.first, part.hashes);
}

/** Followed beside our own until it covers it; the highest generation wins a place here. */
function offerNewer(list: ListState, node: string, part: HashList & { first: number }): Offered {
  if (list.newer === undefined || list.newer.list.generation < part.generation) {
    if (part.first > 0) return "stale";
    list.newer = { node, list: createListState(list.count) };
  }
  const newer = list.newer.list;
  const outcome = newer.known === 0 ? begin(newer, node, part) : offer(newer, node, part);
  if (outcome === "malformed" || outcome === "gap" || outcome === "stale") return "stale";
  for (let piece = 0; piece < Math.min(newer.known, list.known); piece++) {
    if (!sameHash(hashOf(newer, piece), hashOf(list, piece))) return "disputed";
  }
  if (newer.known < list.known) return "same";
  take(list, newer, newer.known, (piece) => newer.voucher[piece] ?? node);
  return "renewed";
}

/** Makes `list` what `from` is, keeping who vouched for hashes that stay. */
function take(
  list: ListState,
  from: HashList,
  known: number,
  voucher: (piece: number) => string,
): void {
  let isUnchanged = known === list.known;
  for (let piece = 0; piece < known; piece++) {
    const hash = hashOf(from, piece);
    const isKept = piece < list.known && sameHash(hash, hashOf(list, piece));
    if (isKept && voucher(piece) !== TRUSTED) continue;
    list.hashes.set(hash, piece * HASH_BYTES);
    list.voucher[piece] = voucher(piece);
    if (!isKept) list.seconds[piece] = 0;
    isUnchanged &&= isKept;
  }
  list.generation = from.generation;
  list.issuer = from.issuer;
  list.known = known;
  list.newer = undefined;
  const isProven = list.phase === "proven" && isUnchanged;
  if (!isProven) list.phase = known === 0 ? "empty" : known === list.count ? "complete" : "growing";
}

export type Verdict = {
  /** Pieces whose hash was another one before: what is held of them is worth nothing. */
  readonly changed: readonly number[];
  /** Nodes that said hashes the issuer does not say, and of which pieces. */
  readonly wrong: ReadonlyMap<string, Set<number>>;
};

/** The issuer's own word replaces whatever peers said. */
export function settle(list: ListState, answer: HashList): Verdict {
  const stated = Math.min(list.count, Math.floor(answer.hashes.length / HASH_BYTES));
  const isSame = answer.generation === list.generation && list.phase !== "retracted";
  const changed: number[] = [];
  const wrong = new Map<string, Set<number>>();
  const noteWrong = (node: string, piece: number) => {
    const pieces = wrong.get(node) ?? new Set();
    if (node !== TRUSTED) wrong.set(node, pieces.add(piece));
  };
  for (let piece = 0; piece < Math.min(stated, list.known); piece++) {
    if (sameHash(hashOf(list, piece), hashOf(answer, piece))) continue;
    changed.push(piece);
    // A changed hash under another generation is the old issuer's fault; under the same one, its bearer's.
    if (isSame) noteWrong(list.voucher[piece] ?? TRUSTED, piece);
  }
  for (const { node, piece, hash, generation } of list.disputes) {
    const isJudged = piece < stated && generation === answer.generation;
    if (isJudged && !sameHash(hash, hashOf(answer, piece))) noteWrong(node, piece);
  }
  const { newer } = list;
  if (newer !== undefined && newer.list.generation >= answer.generation) {
    for (let piece = 0; piece < Math.min(stated, newer.list.known); piece++) {
      if (sameHash(hashOf(newer.list, piece), hashOf(answer, piece))) continue;
      noteWrong(newer.list.voucher[piece] ?? TRUSTED, piece);
    }
  }
  // Peers may be ahead of what the issuer had when it answered, or another one be who fetches the same.
  const isOurs = list.phase !== "retracted" && changed.length === 0;
  const known = isOurs ? Math.max(stated, list.known) : stated;
  const tail = known > stated ? wholeList(list) : answer;
  take(list, { ...answer, hashes: tail.hashes }, known, (piece) =>
    piece < stated ? TRUSTED : (list.voucher[piece] ?? TRUSTED),
  );
  list.disputes = [];
  return { changed, wrong };
}

/** A hash of our own making, from the registry. False: the list says another one. */
export function appendOwn(list: ListState, piece: number, hash: Uint8Array): boolean {
  if (piece < list.known) return sameHash(hashOf(list, piece), hash);
  if (piece > list.known) return false;
  append(list, TRUSTED, hash);
  return true;
}

/** Whether two lists say another hash for one of the first pieces. */
export function differ(a: HashList, b: HashList, pieces: number): boolean {
  for (let piece = 0; piece < pieces; piece++) {
    if (!sameHash(hashOf(a, piece), hashOf(b, piece))) return true;
  }
  return false;
}

/** Who said other hashes than ours, and of which pieces: for one whose own hashes are certain. What they said is forgotten. */
export function takeDisputes(list: ListState): ReadonlyMap<string, Set<number>> {
  const wrong = new Map<string, Set<number>>();
  const note = (node: string, piece: number) =>
    wrong.set(node, (wrong.get(node) ?? new Set()).add(piece));
  for (const { node, piece } of list.disputes) note(node, piece);
  const { newer } = list;
  for (let piece = 0; newer && piece < Math.min(newer.list.known, list.known); piece++) {
    if (sameHash(hashOf(newer.list, piece), hashOf(list, piece))) continue;
    note(newer.list.voucher[piece] ?? newer.node, piece);
  }
  if (wrong.size > 0) list.newer = undefined;
  list.disputes = [];
  return wrong;
}

/** Forgets the hashes from that piece on. */
export function truncate(list: ListState, piece: number): void {
  list.hashes.fill(0, piece * HASH_BYTES);
  list.voucher.length = piece;
  list.seconds.fill(0, piece);
  list.disputes = list.disputes.filter((dispute) => dispute.piece < piece);
  list.newer = undefined;
  list.known = piece;
  list.phase = piece === 0 ? "empty" : "growing";
}

/** Nothing of the generation is believed any more; only a later one is listened to. */
export function retract(list: ListState): void {
  list.phase = "retracted";
  list.known = 0;
  list.hashes.fill(0);
  list.voucher.length = 0;
  list.seconds.fill(0);
  list.disputes = [];
  list.newer = undefined;
}
