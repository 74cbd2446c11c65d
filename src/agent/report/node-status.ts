import type {
  Condition,
  HeldImage,
  NodeImageSetStatus,
  NodeImageState,
  Progress,
  Store,
} from "../../api/index.ts";
import { toSentence } from "../../api/index.ts";
import type { RuntimeFacts } from "../loading/runtime-helper.ts";
import { inBinaryUnits } from "./binary-units.ts";

/** What a node's agent knows of itself. */
export type NodeFacts = {
  readonly agent: NonNullable<NodeImageSetStatus["agent"]>;
  readonly store: Store;
  readonly progress: readonly Progress[];
  /** Registries that it tried to reach, and whether it did. */
  readonly registries: ReadonlyMap<string, boolean>;
  /** Absent where the agent has no helper to load images with. */
  readonly runtime?: RuntimeFacts;
};

/** Images with rows for their layers: those furthest ahead. */
const MOST_WITH_LAYERS = 4;
const MOST_LAYERS = 128;
/** The object has its spec, too, and must stay below 96 kB. */
const MOST_BYTES = 60_000;

/** The status of the node's NodeImageSet. Moments come from `before` where nothing has changed since. */
export function nodeStatus(
  facts: NodeFacts,
  before: NodeImageSetStatus | undefined,
  now: Date,
): NodeImageSetStatus {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  const images = facts.progress.map((progress) => imageOf(progress, before, time));
  const rows = layerRows(facts.progress);
  const status = {
    summary: summaryOf(facts),
    agent: facts.agent,
    store: facts.store,
    ...runtimeOf(facts),
    images: images.map((image) => {
      const layers = rows.get(image.key);
      return layers === undefined ? image : { ...image, layers };
    }),
    conditions: conditionsOf(facts).map((condition) => since(condition, before, time)),
  };
  if (JSON.stringify(status).length <= MOST_BYTES) return status;
  return { ...status, images: images.map(({ message: _, ...image }) => image) };
}

function runtimeOf({ runtime }: NodeFacts): Pick<NodeImageSetStatus, "runtime"> {
  if (runtime === undefined) return {};
  const { name, version, loadMethod, namesTags, canPin } = runtime;
  return { runtime: { name, version, loadMethod, namesTags, canPin } };
}

function imageOf(
  progress: Progress,
  before: NodeImageSetStatus | undefined,
  time: string,
): HeldImage {
  const { key, revision, state, reason, message, completedBytes, totalBytes } = progress;
  const same = before?.images?.find((image) => image.key === key && image.revision === revision);
  return {
    key,
    revision,
    state,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    completedBytes,
    totalBytes,
    fromRegistry: progress.registryBytes,
    fromPeers: progress.peerBytes,
    local: progress.localBytes,
    lastTransitionTime: same?.state === state ? same.lastTransitionTime : time,
  };
}

function layerRows(all: readonly Progress[]): ReadonlyMap<string, HeldImage["layers"]> {
  const share = ({ completedBytes, totalBytes }: Progress) => completedBytes / (totalBytes || 1);
  const furthest = all
    .filter(({ completedBytes, totalBytes }) => completedBytes < totalBytes)
    .sort((a, b) => share(b) - share(a))
    .slice(0, MOST_WITH_LAYERS);
  return new Map(
    furthest.map(({ key, layers }) => [
      key,
      layers.slice(0, MOST_LAYERS).map(({ digest, completedBytes, size }) => ({
        digest,
        state: layerState(completedBytes, size),
        completed: completedBytes,
        size,
      })),
    ]),
  );
}

function layerState(completedBytes: number, size: number): "Pending" | "Fetching" | "Complete" {
  if (completedBytes >= size) return "Complete";
  return completedBytes === 0 ? "Pending" : "Fetching";
}

function summaryOf({ progress, store }: NodeFacts): NonNullable<NodeImageSetStatus["summary"]> {
  const count = (...states: readonly NodeImageState[]) =>
    progress.filter(({ state }) => states.includes(state)).length;
  return {
    ready: `${count("Ready")}/${progress.length}`,
    active: count("Fetching", "Loading"),
    failed: count("Failed"),
    stored: inBinaryUnits(store.usedBytes),
  };
}

type Draft = Omit<Condition, "lastTransitionTime" | "observedGeneration">;

function conditionsOf({ progress, registries, store, runtime }: NodeFacts): readonly Draft[] {
  const away = [...registries].filter(([, reachable]) => !reachable).map(([host]) => host);
  const waiting = progress.filter(({ reason }) => reason === "InsufficientDisk").length;
  const free = inBinaryUnits(store.freeBytes);
  return [
    condition("AgentReady", "True", "Running", "the agent runs and has a certificate"),
    registries.size === 0
      ? condition("RegistryReachable", "Unknown", "NotChecked", "no registry was needed yet")
      : away.length === 0
        ? condition("RegistryReachable", "True", "Reachable", "every registry asked has answered")
        : condition(
            "RegistryReachable",
            "False",
            "Unreachable",
            `not reached: ${away.slice(0, 8).join(", ")}`,
          ),
    waiting === 0
      ? condition("DiskPressure", "False", "EnoughFree", "no image waits for room")
      : condition(
          "DiskPressure",
          "True",
          "InsufficientDisk",
          `${waiting} images wait, ${free} free`,
        ),
    ...(runtime === undefined ? [] : [runtimeReady(runtime)]),
  ];
}

/** Images can be loaded; where somebody has chosen to store them alone, that is as it should be. */
const runtimeReady = ({ reason, message }: RuntimeFacts): Draft =>
  condition(
    "RuntimeReady",
    reason === "Ready" ? "True" : reason === "NotTried" ? "Unknown" : "False",
    reason,
    toSentence(message),
  );

const condition = (
  type: string,
  status: Condition["status"],
  reason: string,
  message: string,
): Draft => ({ type, status, reason, message });

/** A condition of the same status keeps the moment since when it has it. */
function since(draft: Draft, before: NodeImageSetStatus | undefined, time: string): Condition {
  const same = before?.conditions?.find(
    ({ type, status }) => type === draft.type && status === draft.status,
  );
  return { ...draft, lastTransitionTime: same?.lastTransitionTime ?? time };
}
