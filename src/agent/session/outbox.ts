import { isDeepStrictEqual } from "node:util";
import type { AgentMessage } from "../../api/index.ts";

export type News = Exclude<AgentMessage, { readonly kind: "hello" | "heartbeat" }>;

/** What is to be said to the controller: of each thing the newest alone, and at most once a second unless it is urgent. */
export type Outbox = {
  /** What says the same as the one before it is left alone. */
  put(news: News): void;
  /** What may be said now, oldest first; it counts as said. */
  take(): readonly News[];
  /** Milliseconds until there is something to take; undefined when nothing is left. */
  dueInMs(): number | undefined;
  /** Another controller listens: nothing was said to it. */
  clear(): void;
};

const EVERY_MS = 1_000;
/** Things that wait, and that are remembered as said; the oldest are forgotten first. */
const MOST = 10_000;

type Said = { readonly news: News; readonly atMs: number };

export function createOutbox(nowMs: () => number): Outbox {
  const waiting = new Map<string, { readonly news: News; readonly dueMs: number }>();
  const said = new Map<string, Said>();

  return {
    put(news) {
      const name = nameOf(news);
      const last = said.get(name);
      const before = waiting.get(name)?.news ?? last?.news;
      if (isDeepStrictEqual(news, before)) return;
      const dueMs = last === undefined || isUrgent(news, last.news) ? 0 : last.atMs + EVERY_MS;
      // An urgent one stays so when something newer comes before it was said.
      const earlier = Math.min(dueMs, waiting.get(name)?.dueMs ?? dueMs);
      waiting.set(name, { news, dueMs: earlier });
      dropOldest(waiting);
    },
    take() {
      const now = nowMs();
      const due = [...waiting].filter(([, { dueMs }]) => dueMs <= now);
      for (const [name, { news }] of due) {
        waiting.delete(name);
        said.delete(name);
        said.set(name, { news, atMs: now });
        dropOldest(said);
      }
      return due.map(([, { news }]) => news);
    },
    dueInMs() {
      if (waiting.size === 0) return undefined;
      const first = Math.min(...[...waiting.values()].map(({ dueMs }) => dueMs));
      return Math.max(0, first - nowMs());
    },
    clear() {
      waiting.clear();
      said.clear();
    },
  };
}

function dropOldest(entries: Map<string, unknown>): void {
  const [oldest] = entries.keys();
  if (entries.size > MOST && oldest !== undefined) entries.delete(oldest);
}

function nameOf(news: News): string {
  switch (news.kind) {
    case "progress":
      return `progress ${news.key}`;
    case "registryCheck":
      return `registryCheck ${news.host}`;
    case "coverage":
    case "leaseReport":
      return `${news.kind} ${news.digest}`;
  }
}

/** Whether something has happened that others act on, besides numbers that go on. */
function isUrgent(news: News, before: News): boolean {
  switch (news.kind) {
    case "progress":
      return (
        before.kind !== news.kind ||
        news.state !== before.state ||
        news.reason !== before.reason ||
        news.revision !== before.revision
      );
    case "registryCheck":
      return before.kind !== news.kind || news.reachable !== before.reachable;
    case "leaseReport":
      return (
        before.kind !== news.kind ||
        news.generation !== before.generation ||
        news.reason !== before.reason
      );
    case "coverage":
      return isWholeOrNothing(news.pieces, news.pieceCount);
  }
}

/** All bits are set, or none. */
function isWholeOrNothing(pieces: Uint8Array, pieceCount: number): boolean {
  if (pieces.every((byte) => byte === 0)) return true;
  const spare = pieces.length * 8 - pieceCount;
  const last = 0xff & (0xff << spare);
  return pieces.every((byte, index) => byte === (index === pieces.length - 1 ? last : 0xff));
}
