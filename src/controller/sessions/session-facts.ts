import type {
  AgentMessage,
  Coverage,
  Digest,
  Hello,
  LeaseReport,
  Progress,
  RegistryCheck,
} from "../../api/index.ts";

/** What is known of a node's agent by its session: what it said last, and when. Times are those of the controller's clock. */
export type SessionFacts = Omit<Hello, "held" | "assigned"> & {
  /** When the first session of this start of the agent began. */
  readonly sinceMs: number;
  /** When anything was heard of it last. */
  readonly lastSeenMs: number;
  /** When the stream ended, until there is a new one. Absent for one that is silent but open. */
  readonly brokenAtMs?: number;
  /** Sizes of the blobs that it holds whole. */
  readonly held: ReadonlyMap<Digest, number>;
  readonly progress: ReadonlyMap<string, Progress>;
  /** Of blobs that it has a part of. */
  readonly coverage: ReadonlyMap<Digest, Coverage>;
  readonly leaseReports: ReadonlyMap<Digest, LeaseReport>;
  /** By HOST[:PORT]. */
  readonly registryChecks: ReadonlyMap<string, RegistryCheck>;
};

/** Entries of each kind that are remembered; the oldest goes first. */
const MOST_REMEMBERED = 4_096;
/** An agent cannot say that it holds more, however often it adds one. */
const MOST_HELD = 100_000;

/** A session begins. What an earlier one of the same start of the agent said still holds, but for what Hello says anew. */
export function factsAfterHello(
  { held, assigned: _, ...said }: Hello,
  before: SessionFacts | undefined,
  nowMs: number,
): SessionFacts {
  const same = before?.podUid === said.podUid && before.epoch === said.epoch ? before : undefined;
  return {
    ...said,
    sinceMs: same?.sinceMs ?? nowMs,
    lastSeenMs: nowMs,
    held: new Map(held.map(({ digest, size }) => [digest, size])),
    progress: same?.progress ?? new Map(),
    coverage: same?.coverage ?? new Map(),
    leaseReports: same?.leaseReports ?? new Map(),
    registryChecks: same?.registryChecks ?? new Map(),
  };
}

export type LaterMessage = Exclude<AgentMessage, { readonly kind: "hello" }>;

export function factsAfterMessage(
  facts: SessionFacts,
  message: LaterMessage,
  nowMs: number,
): SessionFacts {
  return { ...facts, lastSeenMs: nowMs, ...changes(facts, message) };
}

function changes(facts: SessionFacts, message: LaterMessage): Partial<SessionFacts> {
  switch (message.kind) {
    case "heartbeat":
      return { store: message.store };
    case "progress":
      return { progress: withEntry(facts.progress, message.key, message) };
    case "coverage":
      return withCoverage(facts, message);
    case "leaseReport":
      return { leaseReports: withEntry(facts.leaseReports, message.digest, message) };
    case "registryCheck":
      return { registryChecks: withEntry(facts.registryChecks, message.host, message) };
  }
}

function withCoverage({ held, coverage }: SessionFacts, message: Coverage): Partial<SessionFacts> {
  const { digest, size } = message;
  if (isWhole(message)) {
    return {
      held: withEntry(held, digest, size, MOST_HELD),
      coverage: withoutEntry(coverage, digest),
    };
  }
  const isNothing = message.pieces.every((byte) => byte === 0);
  return {
    held: withoutEntry(held, digest),
    coverage: isNothing ? withoutEntry(coverage, digest) : withEntry(coverage, digest, message),
  };
}

const isWhole = ({ pieceCount, pieces }: Coverage): boolean =>
  bitsIn(pieces) === pieceCount && pieceCount > 0;

function bitsIn(bytes: Uint8Array): number {
  let bits = 0;
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) bits += 1;
  return bits;
}

/** The new entry comes last. */
function withEntry<Key, Value>(
  entries: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value,
  most = MOST_REMEMBERED,
): ReadonlyMap<Key, Value> {
  const next = new Map(entries);
  next.delete(key);
  next.set(key, value);
  const [oldest] = next.keys();
  if (next.size > most && oldest !== undefined) next.delete(oldest);
  return next;
}

function withoutEntry<Key, Value>(
  entries: ReadonlyMap<Key, Value>,
  key: Key,
): ReadonlyMap<Key, Value> {
  if (!entries.has(key)) return entries;
  const next = new Map(entries);
  next.delete(key);
  return next;
}

/** A silent agent whose stream is open may still be alive for so long. */
const DOUBTED_AFTER_MS = 15_000;

/**
 * Whether a newly begun session may take the place of the one before. An agent that was started earlier than the one that is
 * alive now, such as a frozen one that wakes, may not.
 */
export function mayReplace(hello: Hello, before: SessionFacts | undefined, nowMs: number): boolean {
  if (before === undefined || before.brokenAtMs !== undefined) return true;
  return hello.epoch >= before.epoch || nowMs - before.lastSeenMs >= DOUBTED_AFTER_MS;
}

export const factsAfterBreak = (facts: SessionFacts, nowMs: number): SessionFacts => ({
  ...facts,
  brokenAtMs: nowMs,
});
