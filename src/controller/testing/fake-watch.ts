import type { Clock } from "../../runtime/index.ts";
import type { Fault, Faults, StreamFault } from "./fake-fault.ts";
import type { FakeStore, StoreEvent } from "./fake-store.ts";

export type WatchRequest = {
  readonly collection: string;
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  /** Undefined: begins with all that there is. */
  readonly from: number | undefined;
  readonly timeoutMs: number;
};

/** How lines reach the other end. */
export type Delivery = {
  /** Cuts what is sent into pieces of this many bytes. */
  readonly chunkBytes?: number;
  /** Tells each change this many times. */
  readonly copies?: number;
  /** Tells what happened at one time in the opposite order. */
  readonly reversed?: boolean;
};

type WatchDeps = {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly delivery: () => Delivery;
  readonly signal: AbortSignal;
};

const BOOKMARK_MS = 60_000;

class Broken extends Error {
  override readonly name = "Broken";
}

/** The lines of a watch until its time is over, with what goes wrong on the way. */
export async function* watchBody(
  store: FakeStore,
  request: WatchRequest,
  deps: WatchDeps,
  fault: Extract<Fault, { kind: "after" }> | undefined,
): AsyncGenerator<Uint8Array> {
  let left = fault?.lines ?? Number.POSITIVE_INFINITY;
  for await (const lines of linesOf(store, request, deps)) {
    const comes = left === 0 ? fault?.comes : deps.faults.takeStrike();
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    left -= 1;
    if (comes === undefined) yield* chunksOf(`${text}\n`, deps.delivery().chunkBytes);
    else if (comes === "garbage") yield Buffer.from(`${halfALine(text)}\n`);
    else return yield* goWrong(comes, text, deps.signal);
  }
}

const halfALine = (text: string) => text.slice(0, text.split("\n", 1).join().length / 2);

async function* goWrong(
  fault: Exclude<StreamFault, "garbage">,
  text: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  switch (fault) {
    case "close":
      return;
    case "break":
      yield Buffer.from(halfALine(text));
      throw new Broken("the connection broke");
    case "gone":
      yield* chunksOf(`${JSON.stringify(errorLine(410, "Expired"))}\n`, undefined);
      return;
    case "error":
      yield* chunksOf(`${JSON.stringify(errorLine(500, "InternalError"))}\n`, undefined);
      return;
    case "silence":
      return await aborted(signal);
    default:
      return fault satisfies never;
  }
}

const errorLine = (code: number, reason: string) => ({
  type: "ERROR",
  object: { kind: "Status", code, reason, message: "as planned" },
});

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

function* chunksOf(text: string, bytes: number | undefined): Generator<Uint8Array> {
  const all = Buffer.from(text);
  for (let from = 0; from < all.length; from += bytes ?? all.length) {
    yield all.subarray(from, from + (bytes ?? all.length));
  }
}

/** Line by line; what is told in the wrong order comes as one, since a server that then left some out would lose it. */
async function* linesOf(
  store: FakeStore,
  { collection, kind, from, timeoutMs }: WatchRequest,
  { clock, delivery, signal }: WatchDeps,
): AsyncGenerator<readonly unknown[]> {
  const bookmark = (annotations: Readonly<Record<string, string>>) => ({
    type: "BOOKMARK",
    object: { ...kind, metadata: { resourceVersion: `${seen}`, annotations } },
  });
  const end = clock.now() + timeoutMs;
  let seen = from ?? store.version;
  if (from === undefined) {
    for (const object of store.list(collection)) yield [{ type: "ADDED", object }];
    yield [bookmark({ "k8s.io/initial-events-end": "true" })];
  }
  for (let nextBookmark = clock.now() + BOOKMARK_MS; clock.now() < end; ) {
    if (seen < store.compactedTo) return yield [errorLine(410, "Expired")];
    const events = store.since(seen, collection);
    seen = Math.max(seen, store.version);
    yield* delivered(events, delivery());
    if (clock.now() >= nextBookmark) {
      nextBookmark = clock.now() + BOOKMARK_MS;
      yield [bookmark({})];
    }
    await changeOrTime(store, seen, Math.min(nextBookmark, end) - clock.now(), clock, signal);
  }
}

function delivered(
  events: readonly StoreEvent[],
  { copies = 1, reversed = false }: Delivery,
): (readonly unknown[])[] {
  const lines = events.flatMap(({ type, object }) =>
    Array.from({ length: copies }, () => ({ type, object })),
  );
  if (reversed && lines.length > 0) return [lines.toReversed()];
  return lines.map((line) => [line]);
}

/** Settles when the store has gone past the version, or the time is over. */
async function changeOrTime(
  store: FakeStore,
  seen: number,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (store.version > seen) return;
  const woken = new AbortController();
  const stop = store.onChange(() => woken.abort());
  const either = AbortSignal.any([signal, woken.signal]);
  try {
    await clock.sleep(Math.max(0, ms), either).catch(() => {});
    signal.throwIfAborted();
  } finally {
    stop();
  }
}
