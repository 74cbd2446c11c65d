// Why a blob does not go on: ordered checks, the first finding is the answer.
import { budgetBytes } from "./budget.ts";
import type { BlobKey, Explanation, Finding, FindingCode, LinkView } from "./messages.ts";
import { bytesPerSecond, medianOf } from "./meters.ts";
import { has, isComplete, missing } from "./pieces.ts";
import type { Blob, Channel, Group, Link, State } from "./state.ts";

type Facts = {
  readonly state: State;
  readonly blob: Blob;
  readonly group: Group | undefined;
  readonly askChannels: readonly Channel[];
};
type Check = { readonly code: FindingCode; readonly find: (facts: Facts) => string | undefined };

const CHECKING_MANY = 8;
const LATE_MS = 100;

const checks: readonly Check[] = [
  { code: "NoTracker", find: noTracker },
  { code: "NoPeers", find: noPeers },
  { code: "AllBusy", find: allBusy },
  { code: "NoHashes", find: noHashes },
  { code: "OriginStalled", find: originStalled },
  { code: "PiecesNowhere", find: piecesNowhere },
  { code: "UploadLimited", find: uploadLimited },
  { code: "PoolFull", find: poolFull },
  { code: "DiskSlow", find: diskSlow },
  { code: "LoopSlow", find: loopSlow },
  { code: "PeersSlow", find: peersSlow },
  { code: "Verifying", find: verifying },
  { code: "Done", find: ({ blob }) => (blob.phase === "done" ? "complete and proven" : undefined) },
];

export function explain(state: State, key: BlobKey): Explanation {
  const blob = state.blobs.get(key);
  if (blob === undefined) {
    const text = "this node was not told to download or serve it";
    return { findings: [{ code: "NotAssigned", text }], links: [], copiesHistogram: [] };
  }
  const askChannels = [...blob.channels].filter(({ link }) => link.mayAsk);
  const facts = { state, blob, group: state.groups.get(blob.group), askChannels };
  return {
    findings: checks.flatMap(({ code, find }): Finding[] => {
      const text = find(facts);
      return text === undefined ? [] : [{ code, text }];
    }),
    links: [...state.links.values()]
      .filter(({ channels }) => channels.has(blob))
      .map((link) => viewOf(state, link, blob)),
    copiesHistogram: histogram(blob),
  };
}

const isMoving = ({ blob }: Facts) => blob.phase === "moving";
const lacksLinks = (facts: Facts) =>
  isMoving(facts) && facts.askChannels.length === 0 && !facts.blob.isFetching;

function noTracker(facts: Facts): string | undefined {
  if (!lacksLinks(facts) || facts.group?.isAnswered === true) return undefined;
  return "no tracker has answered yet";
}

function noPeers(facts: Facts): string | undefined {
  if (!lacksLinks(facts)) return undefined;
  const peers = facts.group?.peers.size ?? 0;
  if (peers === 0) return "the tracker knows of no other peer";
  const failing = [...(facts.group?.peers.values() ?? [])].filter((one) => one.failures > 0);
  if (failing.length > 0 && failing.every(({ wasBusy }) => wasBusy)) return undefined;
  return `linked with none of ${peers} known peers`;
}

function allBusy(facts: Facts): string | undefined {
  const peers = [...(facts.group?.peers.values() ?? [])];
  if (!lacksLinks(facts) || peers.length === 0 || !peers.every(({ wasBusy }) => wasBusy)) {
    return undefined;
  }
  return `all ${peers.length} known peers have no room for another link`;
}

function noHashes(facts: Facts): string | undefined {
  const { list, isDisproven } = facts.blob;
  if (!isMoving(facts)) return undefined;
  if (isDisproven) {
    return `every piece fits list ${list.generation} of issuer ${list.issuer}, and the whole does not have the digest`;
  }
  if (list.phase === "retracted") return `list ${list.generation} was retracted; none followed yet`;
  return list.known === 0 ? "nobody has sent a piece's hash yet" : undefined;
}

function originStalled(facts: Facts): string | undefined {
  const { blob, state } = facts;
  const { known, count, generation, issuer } = blob.list;
  const silentMs = state.now - blob.lastGrowthMs;
  if (!isMoving(facts) || known === 0 || known === count) return undefined;
  if (silentMs < state.policy.stallMs) return undefined;
  return `issuer ${issuer} of list ${generation} stopped at piece ${known} of ${count}, ${Math.round(silentMs / 1000)} s ago`;
}

function piecesNowhere(facts: Facts): string | undefined {
  const { blob } = facts;
  if (!isMoving(facts) || facts.askChannels.length === 0 || blob.isFetching) return undefined;
  let nowhere = 0;
  for (let piece = blob.pieces.frontier; piece < blob.pieces.count; piece++) {
    if (!has(blob.pieces.held, piece) && blob.pieces.copies[piece] === 0) nowhere++;
  }
  if (nowhere === 0) return undefined;
  return `${nowhere} of ${missing(blob.pieces)} missing pieces are with no linked peer; ${blob.dealt.size} are dealt and under way`;
}

function uploadLimited({ state, blob }: Facts): string | undefined {
  const { bps } = state.upBucket;
  const isWaiting = bps > 0 && state.now - state.uploadWaitedMs < 1_000;
  const hasRequests = [...blob.channels].some(({ link }) => link.requests.length > 0);
  return isWaiting && hasRequests ? `uploads are limited to ${bps} bytes a second` : undefined;
}

function poolFull(facts: Facts): string | undefined {
  if (!isMoving(facts) || !facts.state.isPoolFull) return undefined;
  return `pieces under way fill ${facts.state.poolUsed} of ${facts.state.poolBytes} bytes of the pool`;
}

function diskSlow({ blob }: Facts): string | undefined {
  let checking = 0;
  for (const { isChecking } of blob.open.values()) if (isChecking) checking++;
  return checking >= CHECKING_MANY ? `${checking} pieces wait to be hashed and written` : undefined;
}

function loopSlow({ state }: Facts): string | undefined {
  if (state.latenessMs < LATE_MS) return undefined;
  return `the event loop was late by ${Math.round(state.latenessMs)} ms`;
}

/** What remains while pieces are missing: nothing is wrong, it just takes the time that peers take. */
function peersSlow(facts: Facts): string | undefined {
  const { blob, state } = facts;
  if (!isMoving(facts) || isComplete(blob.pieces)) return undefined;
  const bytes = state.inFlight + state.dealtInFlight;
  const askMs = Math.round(medianOf(state.askTimes));
  return `${bytes} bytes are asked for; a block takes ${askMs} ms; the budget is ${Math.round(budgetBytes(state))}`;
}

function verifying({ blob }: Facts): string | undefined {
  if (blob.phase === "proving") return "every piece is here; the digest is being computed";
  if (blob.phase === "rechecking") return "the digest was wrong; pieces are read from disk again";
  return undefined;
}

function viewOf(state: State, link: Link, blob: Blob): LinkView {
  return {
    peer: link.peer,
    dialled: link.dialled,
    inFlight: link.inFlight,
    downBps: bytesPerSecond(link.down, state.now),
    upBps: bytesPerSecond(link.up, state.now),
    askMs: medianOf(link.askTimes),
    holds: link.channels.get(blob)?.theirs.count ?? 0,
    strikes: state.struck.get(link.peer.node)?.count ?? 0,
  };
}

function histogram({ pieces }: Blob): number[] {
  const counts: number[] = [];
  for (let piece = 0; piece < pieces.count; piece++) {
    const copies = Math.max(pieces.copies[piece] ?? 0, pieces.taken[piece] ?? 0);
    while (counts.length <= copies) counts.push(0);
    counts[copies] = (counts[copies] ?? 0) + 1;
  }
  return counts;
}
