import type { Clock, Component, Log } from "../../runtime/index.ts";
import { type Bell, createBell, rungWithin } from "../bell.ts";
import { retryDelayMs } from "../retry-delay.ts";
import { createSlots } from "../slots.ts";
import { type LoadState, runtimeInTheWay, stateAfter } from "./load-state.ts";
import type { LoadableImage } from "./loadable-image.ts";
import type { MirrorPasses } from "./mirror-passes.ts";
import { stalePins, unpinned } from "./pins.ts";
import {
  HelperError,
  type NamedImage,
  type RuntimeFacts,
  type RuntimeHelper,
} from "./runtime-helper.ts";
import { notAsked, tryAgainMs, tryRuntime } from "./runtime-trial.ts";

/** An image that pods of this node should find in its container runtime. */
export type Wanted = NamedImage & {
  readonly pin: boolean;
  /** Undefined while not all of it is stored; the runtime may have it all the same. */
  readonly image: LoadableImage | undefined;
};

/** Keeps wanted images in the runtime: what is not there is loaded, also when somebody has removed it. */
export type ImageLoader = Component & {
  /** All that is wanted now, by names of the caller's. What is wanted no more stays in the runtime, without our pin. */
  want(images: ReadonlyMap<string, Wanted>): void;
  /** Undefined for what is not wanted. */
  state(id: string): LoadState | undefined;
  runtime(): RuntimeFacts;
  /** Rings whenever a state is another. */
  readonly changes: Bell;
};

export type ImageLoaderDeps = {
  readonly helper: RuntimeHelper;
  readonly passes: Pick<MirrorPasses, "issue">;
  /** HOST:PORT of the mirror. */
  readonly mirror: string;
  /** The runtime found that what it was given is not what it should be. */
  onDamaged(image: LoadableImage): void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Each keeps a processor and the disk busy, unpacking. */
const LOADS_AT_A_TIME = 2;
/** How soon it is seen that an image was removed from the runtime. */
const LOOK_EVERY_MS = 60_000;
/** What stays for so long was not removed because of us. */
const STEADY_MS = 60 * 60_000;
/** A runtime that asks somebody else first asks us by then, or never. */
const FIRST_REQUEST_MS = 60_000;

type Entry = {
  wanted: Wanted;
  state: LoadState;
  /** Whether it was loaded or looked for; until then the runtime may have it. */
  isKnown: boolean;
  /** How often in a row it failed, or was removed. */
  failures: number;
  notBeforeMs: number;
  sinceMs: number;
};

export function createImageLoader(deps: ImageLoaderDeps): ImageLoader {
  const { helper, passes, mirror, clock, log } = deps;
  const entries = new Map<string, Entry>();
  const inSlot = createSlots(LOADS_AT_A_TIME);
  const [bell, changes] = [createBell(), createBell()];
  const running = new Set<Promise<void>>();
  let facts = notAsked;
  let tryAtMs = Number.NEGATIVE_INFINITY;
  let lookAtMs = Number.NEGATIVE_INFINITY;
  /** Before anything was said to be wanted, what an earlier run has pinned may still be. */
  let isWantKnown = false;

  async function lookAtRuntime(signal: AbortSignal): Promise<void> {
    const before = facts;
    facts = await tryRuntime(deps, signal);
    tryAtMs = clock.now() + tryAgainMs(facts);
    if (before.reason === facts.reason && before.loadMethod === facts.loadMethod) return;
    const { name, version, loadMethod, canPin, reason, message } = facts;
    log.info("container runtime", { name, version, loadMethod, canPin, reason, why: message });
  }

  /** Asks the runtime what it has. */
  async function lookAtImages(signal: AbortSignal): Promise<void> {
    const asked = [...entries.values()].filter(({ state }) => state.state !== "loading");
    const images = asked.map(({ wanted }) => wanted);
    const { held, pinned } = await helper.status(images, signal);
    for (const [index, entry] of asked.entries()) (held[index] === true ? found : missing)(entry);
    const loaded = asked.filter(({ state }) => state.state === "loaded");
    for (const { wanted } of unpinned(loaded, pinned)) await helper.pin(wanted, true, signal);
    if (isWantKnown) {
      for (const each of stalePins([...entries.values()], pinned)) {
        await helper.pin(each, false, signal);
      }
    }
    lookAtMs = clock.now() + LOOK_EVERY_MS;
  }

  function found(entry: Entry): void {
    if (entry.state.state !== "loaded") settle(entry, { state: "loaded" });
    if (clock.now() - entry.sinceMs >= STEADY_MS) entry.failures = 0;
  }

  /** What is removed again and again is loaded later and later. */
  function missing(entry: Entry): void {
    entry.isKnown = true;
    if (entry.state.state !== "loaded") return;
    entry.failures += 1;
    if (entry.failures > 1) entry.notBeforeMs = clock.now() + retryDelayMs(entry.failures - 1);
    settle(entry, { state: "queued" });
    log.warn("image was removed from the container runtime, loading it again", named(entry));
  }

  function settle(entry: Entry, state: LoadState): void {
    entry.state = state;
    entry.isKnown = true;
    entry.sinceMs = clock.now();
    changes.ring();
  }

  function beginDue(signal: AbortSignal): void {
    for (const entry of entries.values()) {
      const { state } = entry.state;
      const { image } = entry.wanted;
      if (!entry.isKnown || state === "loaded" || state === "loading") continue;
      if (image === undefined || entry.notBeforeMs > clock.now()) continue;
      const load = loadOne(entry, image, signal).finally(() => {
        running.delete(load);
        bell.ring();
      });
      running.add(load);
    }
  }

  async function loadOne(entry: Entry, image: LoadableImage, signal: AbortSignal): Promise<void> {
    const { wanted } = entry;
    settle(entry, { state: "loading" });
    try {
      await inSlot(() => bring(wanted, image, signal), signal);
      settle(entry, { state: "loaded" });
      log.info("image loaded", named(entry));
    } catch (error) {
      if (signal.aborted) return;
      entry.failures += 1;
      const isAway = error instanceof HelperError && error.code === "AWAY";
      // Once it is back, nothing has to be waited for.
      entry.notBeforeMs = isAway ? clock.now() : clock.now() + retryDelayMs(entry.failures);
      settle(entry, stateAfter(error));
      log.warn("image not loaded", { ...named(entry), error: (error as Error).message });
      if (error instanceof HelperError && error.code !== "FAILED") tryAtMs = clock.now();
      if (DAMAGE.test((error as Error).message)) deps.onDamaged(image);
    }
  }

  const bring = (wanted: Wanted, image: LoadableImage, signal: AbortSignal): Promise<void> =>
    facts.loadMethod === "Import"
      ? helper.importImage(wanted, image, wanted.pin, signal)
      : loadWithPass(wanted, image, signal);

  async function loadWithPass(
    wanted: Wanted,
    image: LoadableImage,
    signal: AbortSignal,
  ): Promise<void> {
    const pass = passes.issue(image);
    const over = new AbortController();
    const stalled = new AbortController();
    clock.sleep(FIRST_REQUEST_MS, over.signal).then(
      () => {
        if (!pass.isUsed()) stalled.abort(nobodyAsked(mirror));
      },
      () => {},
    );
    try {
      const { username, password } = pass;
      const login = { address: mirror, username, password };
      const either = AbortSignal.any([signal, stalled.signal]);
      // An administrator may have made a _default since the runtime was last tried.
      await helper.writeHosts(mirror, either);
      await helper.load(wanted, login, wanted.pin, either);
    } finally {
      over.abort();
      pass.end();
    }
  }

  /** One round: whatever is due. */
  async function round(signal: AbortSignal): Promise<void> {
    if (tryAtMs <= clock.now()) await lookAtRuntime(signal);
    if (runtimeInTheWay(facts) !== undefined) return;
    const isNew = [...entries.values()].some(({ isKnown }) => !isKnown);
    if (isNew || lookAtMs <= clock.now()) await lookAtImages(signal);
    beginDue(signal);
  }

  function missed({ message }: Error, signal: AbortSignal): void {
    signal.throwIfAborted();
    log.warn("container runtime not asked", { error: message });
    facts = { ...notAsked, reason: "SocketMissing", message };
    tryAtMs = clock.now() + tryAgainMs(facts);
  }

  function waitMs(): number {
    const due = [...entries.values()]
      .filter(({ state, wanted }) => wanted.image !== undefined && !isDone(state))
      .map(({ notBeforeMs }) => notBeforeMs);
    const inTheWay = runtimeInTheWay(facts) !== undefined;
    const next = Math.min(tryAtMs, ...(inTheWay ? [] : [lookAtMs, ...due]));
    return Math.max(SHORTEST_WAIT_MS, next - clock.now());
  }

  return {
    name: "loading",
    runtime: () => facts,
    changes,
    want(images) {
      isWantKnown = true;
      for (const id of entries.keys()) if (!images.has(id)) entries.delete(id);
      for (const [id, wanted] of images) {
        const known = entries.get(id);
        if (known?.wanted.digest === wanted.digest) {
          const isStored = known.wanted.image === undefined && wanted.image !== undefined;
          if (known.wanted.pin !== wanted.pin) lookAtMs = clock.now();
          known.wanted = wanted;
          if (isStored) bell.ring();
          continue;
        }
        const blank = { state: "queued" } as const;
        entries.set(id, { wanted, state: blank, isKnown: false, ...FRESH });
        bell.ring();
      }
    },
    state(id) {
      const state = entries.get(id)?.state;
      if (state === undefined || state.state === "loaded") return state;
      return runtimeInTheWay(facts) ?? state;
    },
    async run(signal) {
      try {
        while (true) {
          await round(signal).catch((error: Error) => missed(error, signal));
          await rungWithin([bell], waitMs(), clock, signal);
        }
      } finally {
        await Promise.allSettled(running);
      }
    },
  };
}

const FRESH = { failures: 0, notBeforeMs: Number.NEGATIVE_INFINITY, sinceMs: 0 };
const isDone = ({ state }: LoadState) => state === "loaded" || state === "loading";
/** So that nothing that stays due makes this spin. */
const SHORTEST_WAIT_MS = 200;

/** What a runtime says of bytes that are not what their digest promised, or that could not all be read. */
const DAMAGE = /digest|checksum|unexpected EOF|unexpected status|diff id/i;

const named = ({ wanted }: Entry) => ({ names: wanted.names.join(", "), digest: wanted.digest });

const nobodyAsked = (mirror: string): HelperError =>
  new HelperError(
    "FAILED",
    `the container runtime did not ask ${mirror} within a minute: another mirror stands in between, see _default in its directory of registry hosts`,
  );
