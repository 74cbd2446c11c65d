import { type Assign, type LayerProgress, type Progress, toSentence } from "../../api/index.ts";
import type { ActiveBlob } from "../blob-transfers.ts";
import type { ImageView } from "../image-state.ts";
import type { LoadState } from "../loading/load-state.ts";
import type { LayerSources } from "./layer-sources.ts";

export type ProgressWorld = {
  readonly assign: Assign;
  /** Undefined until it was begun. */
  readonly view: ImageView | undefined;
  readonly active: (digest: LayerProgress["digest"]) => ActiveBlob | undefined;
  readonly sources: Pick<LayerSources, "of">;
  /** Why it could not even be begun. */
  readonly refusal?: string;
  /** Why the disk does not let it be begun. */
  readonly diskTrouble?: string;
  /** How far it is on its way into the container runtime; undefined where this agent knows of none. */
  readonly load?: LoadState;
};

type Verdict = Pick<Progress, "state" | "reason" | "message">;

/** How far an assigned image is, as the controller is told. */
export function progressOf(world: ProgressWorld): Progress {
  const { assign, view } = world;
  const layers = layersOf(world);
  const layerDigests = new Set(layers.map(({ digest }) => digest));
  const config = assign.blobs.filter(({ digest }) => !layerDigests.has(digest));
  const documents = view?.plan === undefined ? 0 : sumOf(config, ({ size }) => size);
  return {
    key: assign.key,
    revision: assign.revision,
    ...verdictOf(world),
    layers,
    completedBytes: documents + sumOf(layers, ({ completedBytes }) => completedBytes),
    totalBytes: sumOf(assign.blobs, ({ size }) => size),
    registryBytes: sumOf(layers, ({ registryBytes }) => registryBytes),
    peerBytes: sumOf(layers, ({ peerBytes }) => peerBytes),
    // The documents came with the assignment.
    localBytes: documents + sumOf(layers, ({ localBytes }) => localBytes),
    bytesPerSecond: sumOf(layers, ({ digest }) =>
      Math.round(world.active(digest)?.bytesPerSecond ?? 0),
    ),
  };
}

function layersOf({ assign, view, active, sources }: ProgressWorld): readonly LayerProgress[] {
  return (view?.plan?.layers ?? []).map(({ digest, size }) => {
    const isStored = view?.stored.has(digest) ?? false;
    const completedBytes = isStored ? size : (active(digest)?.completedBytes ?? 0);
    return { digest, size, completedBytes, ...sources.of(digest, completedBytes, assign.digest) };
  });
}

function verdictOf({ assign, view, refusal, diskTrouble, load }: ProgressWorld): Verdict {
  if (refusal !== undefined) {
    return { state: "Failed", reason: "InvalidAssignment", message: toSentence(refusal) };
  }
  if (diskTrouble !== undefined) return waitingForRoom(diskTrouble);
  if (view === undefined) return { state: "Fetching" };
  const { state } = view;
  switch (state.state) {
    case "resolving":
    case "transferring":
    case "stopped":
      return { state: "Fetching" };
    case "paused":
      return waitingForRoom(state.message);
    case "failed":
      return { state: "Failed", reason: state.reason, message: toSentence(state.message) };
    case "seeding":
    case "complete":
      if (assign.load === "Never") return { state: "Ready" };
      return load === undefined ? NOT_LOADED : loadVerdict(load);
  }
}

function loadVerdict(load: LoadState): Verdict {
  switch (load.state) {
    case "queued":
      return { state: "Stored" };
    case "loading":
      return { state: "Loading" };
    case "loaded":
      return { state: "Ready" };
    case "waiting":
      return { state: "Waiting", reason: load.reason, message: toSentence(load.message) };
    case "failed":
      return { state: "Failed", reason: load.reason, message: toSentence(load.message) };
  }
}

const waitingForRoom = (message: string): Verdict => ({
  state: "Waiting",
  reason: "InsufficientDisk",
  message: toSentence(message),
});

const NOT_LOADED: Verdict = {
  state: "Waiting",
  reason: "RuntimeNotConfigured",
  message:
    "all of it is stored and verified, and this agent has no container runtime to load it into",
};

const sumOf = <Item>(items: readonly Item[], bytesOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + bytesOf(item), 0);
