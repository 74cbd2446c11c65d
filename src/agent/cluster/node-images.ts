import {
  type Assign,
  type Digest,
  type Peers,
  type Progress,
  toSentence,
} from "../../api/index.ts";
import { type Descriptor, formatReference } from "../../oci/index.ts";
import type { Clock, Component, Log } from "../../runtime/index.ts";
import { rungWithin } from "../bell.ts";
import type { BlobTransfers } from "../blob-transfers.ts";
import type { NodeWants } from "../disk/disk-keeper.ts";
import { diskTrouble } from "../disk-room.ts";
import { isSettled, isUnderWay } from "../image-state.ts";
import type { Images } from "../images.ts";
import type { AssignedLoads } from "../loading/assigned-loads.ts";
import type { LoadState } from "../loading/load-state.ts";
import { retryDelayMs } from "../retry-delay.ts";
import { type AssignedImage, assignedImage } from "./assigned-image.ts";
import { createHoldings } from "./holdings.ts";
import type { LayerSources } from "./layer-sources.ts";
import { createPeerHints } from "./peer-hints.ts";
import { progressOf } from "./progress-of.ts";

/** Does what the controller assigns, and says how far it is. It runs once it has begun; changes before that are not missed. */
export type NodeImages = Component & {
  /** Takes up the assignments that were remembered, and drops images that nobody assigns any more. */
  begin(): Promise<void>;
  isReady(): boolean;
  assigned(assign: Assign): void;
  /** What is here of the image stays for its time, unless it is assigned anew; nothing more is brought of it. */
  released(assign: Assign): void;
  /** Of every assignment. */
  progress(): readonly Progress[];
  /** What they want of the disk. */
  readonly wants: NodeWants;
};

export type NodeImagesDeps = {
  readonly images: Images;
  readonly blobs: Pick<BlobTransfers, "active">;
  readonly sources: LayerSources;
  /** As the controller wants them now. */
  assigns(): ReadonlyMap<string, Assign>;
  /** How far an assignment is; also when nothing of it has changed. */
  tell(progress: Progress): void;
  /** Which pieces of a layer that is on its way are here; undefined when nothing is known of them. */
  heldPieces(layer: Descriptor): Uint8Array | undefined;
  tellPieces(digest: Digest, size: number, pieces: Uint8Array): void;
  /** Whom the controller names for a blob. */
  peers(): ReadonlyMap<Digest, Peers>;
  suggest(layer: Descriptor, addresses: readonly string[]): void;
  /** What takes stored images into the container runtime; absent where there is no helper for that. */
  readonly loader?: AssignedLoads;
  readonly clock: Clock;
  readonly log: Log;
};

/** What was understood of an assignment, or why nothing was. */
type Task = { readonly assign: Assign } & (
  | { readonly image: AssignedImage }
  | { readonly refusal: string }
);
type Retry = { readonly failures: number; readonly atMs: number };
type Leaving = { readonly image: AssignedImage; readonly sinceMs: number; readonly atMs: number };

const BUSY: ReadonlySet<string> = new Set(["Fetching", "Stored", "Loading"]);

/** Numbers that go on are looked at so often. */
const LOOK_EVERY_MS = 1_000;
/** Of what has changed else, one change seldom comes alone. */
const TOGETHER_MS = 100;

export function createNodeImages(deps: NodeImagesDeps): NodeImages {
  const { images, clock, log } = deps;
  const tasks = new Map<string, Task>();
  /** By their names: since when no assignment wants an image, and when it goes unless there is no room for others before. */
  const leaving = new Map<string, Leaving>();
  /** Why images could not even be begun, by their names. */
  const troubles = new Map<string, string>();
  const retries = new Map<string, Retry>();
  const starting = new Set<string>();
  const holdings = createHoldings({ ...deps, nowMs: () => clock.now() });
  const hints = createPeerHints({
    peers: deps.peers,
    isActive: (digest) => deps.blobs.active(digest) !== undefined,
    suggest: deps.suggest,
    nowMs: () => clock.now(),
  });
  const begun = Promise.withResolvers<void>();
  let [isKnown, isReady] = [false, false];

  const nameOf = ({ reference }: AssignedImage) => formatReference(reference);
  const wantedNames = () =>
    new Set([...tasks.values()].flatMap((task) => ("image" in task ? [nameOf(task.image)] : [])));

  function understand(assign: Assign): Task {
    try {
      return { assign, image: assignedImage(assign) };
    } catch (error) {
      const refusal = toSentence((error as Error).message);
      log.error("assignment not understood", { key: assign.key, error: refusal });
      return { assign, refusal };
    }
  }

  async function start(image: AssignedImage): Promise<void> {
    const name = nameOf(image);
    starting.add(name);
    try {
      await images.start({ reference: image.reference, wanted: image.wanted, waitMs: 0 });
      troubles.delete(name);
    } catch (error) {
      // On a full disk not even the image's record can be written; it is looked at again soon.
      const trouble = diskTrouble(error);
      if (trouble === undefined) throw error;
      troubles.set(name, `${trouble.text} (${(error as Error).message})`);
    } finally {
      starting.delete(name);
    }
  }

  function leave(image: AssignedImage, retainSeconds: number): void {
    const sinceMs = clock.now();
    leaving.set(nameOf(image), { image, sinceMs, atMs: sinceMs + retainSeconds * 1_000 });
  }

  /** Nothing more is brought of what nobody wants for now. What is here stays for its time, and is gone on with from there. */
  async function haltLeaving(): Promise<void> {
    for (const [name, { image }] of [...leaving]) {
      const state = images.view(image.reference)?.state;
      if (state === undefined || !isUnderWay(state)) continue;
      // Asked for each: while one is halted, another may be assigned anew.
      if (wantedNames().has(name) || starting.has(name)) continue;
      try {
        await images.stop(image.reference, true);
        log.info("image halted, nobody wants it for now", { image: name });
      } catch (error) {
        // On a full disk not even that can be written down; it is looked at again soon.
        log.warn("image could not be halted", { image: name, error: String(error) });
      }
    }
  }

  /** What an image needs is not known yet, so none of another may go. */
  const isPlanning = () => images.views().some(({ state }) => state.state === "resolving");

  async function dropLeaving(): Promise<void> {
    for (const [name, { image, atMs }] of [...leaving]) {
      if (isPlanning()) return;
      if (wantedNames().has(name)) leaving.delete(name);
      else if (atMs <= clock.now()) await drop(name, image);
    }
  }

  async function drop(name: string, image: AssignedImage): Promise<void> {
    leaving.delete(name);
    retries.delete(name);
    troubles.delete(name);
    const freedBytes = await images.remove(image.reference);
    log.info("image dropped, nobody wants it any more", { image: name, freedBytes });
  }

  const tasksOf = (name: string): readonly Task[] =>
    [...tasks.values()].filter((task) => "image" in task && nameOf(task.image) === name);

  const wants: NodeWants = {
    wantOf(name) {
      const assigns = tasksOf(name).map(({ assign }) => deps.assigns().get(assign.key) ?? assign);
      if (assigns.length === 0) return undefined;
      return {
        priority: Math.max(...assigns.map(({ priority }) => priority)),
        isToBeLoaded: assigns.some(({ load }) => load === "Always"),
      };
    },
    isBusy: (name) => tasksOf(name).some((task) => BUSY.has(progressNow(task).state)),
    wantedLayers() {
      const names = wantedNames();
      const plans = images
        .views()
        .filter(({ record }) => names.has(formatReference(record.reference)))
        .flatMap(({ plan }) => plan?.layers ?? []);
      return new Set(plans.map(({ digest }) => digest));
    },
    unwanted() {
      const wanted = wantedNames();
      return [...leaving]
        .filter(([name]) => !wanted.has(name))
        .map(([name, { image, sinceMs }]) => ({
          name,
          lastUsedMs: sinceMs,
          layers: images.view(image.reference)?.plan?.layers ?? [],
        }));
    },
    async evict(name) {
      const found = leaving.get(name);
      if (found === undefined || wantedNames().has(name) || isPlanning()) return;
      await drop(name, found.image);
    },
  };

  async function tryAgain(): Promise<void> {
    for (const task of tasks.values()) {
      if (!("image" in task) || starting.has(nameOf(task.image))) continue;
      const state = images.view(task.image.reference)?.state.state;
      // Somebody on the node has stopped or removed it: what the node holds is not theirs to say.
      if (state === undefined || state === "stopped") await start(task.image);
      else if (state === "failed") await tryFailed(task.image);
      else if (state === "seeding" || state === "complete") retries.delete(nameOf(task.image));
    }
  }

  async function tryFailed(image: AssignedImage): Promise<void> {
    const name = nameOf(image);
    const known = retries.get(name);
    if (known === undefined || known.atMs === Number.POSITIVE_INFINITY) {
      const failures = (known?.failures ?? 0) + 1;
      retries.set(name, { failures, atMs: clock.now() + retryDelayMs(failures) });
    } else if (known.atMs <= clock.now()) {
      // Should it fail again, that is another failure.
      retries.set(name, { ...known, atMs: Number.POSITIVE_INFINITY });
      await start(image);
    }
  }

  function loadOf(task: Task): { load?: LoadState } {
    const load = deps.loader?.state(task.assign.key);
    return load === undefined ? {} : { load };
  }

  function lookAtLoads(): void {
    const all = [...tasks.values()].flatMap((task) => ("image" in task ? [task] : []));
    deps.loader?.look(
      all.map(({ assign, image }) => {
        const state = images.view(image.reference)?.state;
        return { assign, image, isStored: state !== undefined && isSettled(state) };
      }),
    );
  }

  function diskTroubleOf(task: Task): { diskTrouble?: string } {
    const trouble = "image" in task ? troubles.get(nameOf(task.image)) : undefined;
    return trouble === undefined ? {} : { diskTrouble: trouble };
  }

  const progressNow = (task: Task): Progress =>
    progressOf({
      assign: deps.assigns().get(task.assign.key) ?? task.assign,
      view: "image" in task ? images.view(task.image.reference) : undefined,
      active: (digest) => deps.blobs.active(digest),
      sources: deps.sources,
      ...loadOf(task),
      ...diskTroubleOf(task),
      ...("refusal" in task && { refusal: task.refusal }),
    });

  async function take(assign: Assign): Promise<void> {
    const before = tasks.get(assign.key);
    const task = understand(assign);
    tasks.set(assign.key, task);
    // What another revision needed and this one does not goes at once; blobs that both need are kept by this one's plan.
    if (before !== undefined && "image" in before) leave(before.image, 0);
    if ("image" in task) await start(task.image);
    deps.tell(progressNow(task));
  }

  return {
    name: "images",
    wants,
    isReady: () => isReady,
    assigned(assign) {
      if (!isKnown) return;
      take(assign).catch((error: unknown) => {
        log.error("assignment not begun", { key: assign.key, error: String(error) });
      });
    },
    async begin() {
      const takeIn = () => {
        for (const assign of deps.assigns().values()) tasks.set(assign.key, understand(assign));
      };
      // Whether there is room for what is gone on with depends on who wants it.
      takeIn();
      await images.restore();
      takeIn();
      // What was told before this is in there.
      isKnown = true;
      const wanted = wantedNames();
      for (const { record } of images.views()) {
        if (!wanted.has(formatReference(record.reference))) await images.remove(record.reference);
      }
      for (const task of tasks.values()) {
        if ("image" in task && images.view(task.image.reference) === undefined) {
          await start(task.image);
        }
      }
      isReady = true;
      begun.resolve();
    },
    released(assign) {
      const task = tasks.get(assign.key);
      tasks.delete(assign.key);
      if (task !== undefined && "image" in task) leave(task.image, assign.retainSeconds);
    },
    progress: () => [...tasks.values()].map(progressNow),
    async run(signal) {
      await Promise.race([begun.promise, untilAborted(signal)]);
      const bells = [images.changes, ...(deps.loader ? [deps.loader.changes] : [])];
      while (true) {
        await tryAgain();
        await haltLeaving();
        await dropLeaving();
        holdings.look(images.views());
        hints.look(images.views());
        lookAtLoads();
        for (const task of tasks.values()) deps.tell(progressNow(task));
        await rungWithin(bells, LOOK_EVERY_MS - TOGETHER_MS, clock, signal);
        await clock.sleep(TOGETHER_MS, signal);
      }
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
