import type { LayerEntry } from "../../api/index.ts";
import type { LayerSupply } from "../decide/deal.ts";
import type { TargetState } from "../decide/node-states.ts";
import type { Member } from "../decide/targets.ts";
import type { Layer, LayerReport, PlatformImage } from "../decide/world.ts";
import { isStored } from "./node-sums.ts";

const MAX_LAYERS = 256;

export type LayerInput = {
  readonly images: readonly PlatformImage[];
  readonly states: readonly TargetState[];
  /** Agents that have something of it and that others can take from. */
  readonly serving: readonly Member[];
  readonly supplies: readonly LayerSupply[];
  /** Whether nobody will bring what is nowhere, as things are. */
  readonly isStuck: boolean;
};

/** A row a layer, those that all platforms share once. */
export function layerRows(input: LayerInput): LayerEntry[] {
  const { images } = input;
  const layers = new Map(images.flatMap(({ layers }) => layers.map((one) => [one.digest, one])));
  return [...layers.values()].slice(0, MAX_LAYERS).map((layer) => rowOf(layer, input));
}

type Share = { readonly isComplete: boolean; readonly report: LayerReport | undefined };

function rowOf(
  layer: Layer,
  { images, states, serving, supplies, isStuck }: LayerInput,
): LayerEntry {
  const having = images.filter(({ layers }) =>
    layers.some(({ digest }) => digest === layer.digest),
  );
  const shares = states
    .filter(({ member }) => member.image !== undefined && having.includes(member.image))
    .map((state) => shareOf(layer, state));
  const complete = shares.filter(({ isComplete }) => isComplete).length;
  const active = shares.filter(
    ({ isComplete, report }) => !isComplete && (report?.completedBytes ?? 0) > 0,
  ).length;
  const sum = (bytes: (report: LayerReport) => number) =>
    shares.reduce((total, { report }) => total + (report === undefined ? 0 : bytes(report)), 0);
  const supply = supplies.find((one) => one.layer.digest === layer.digest)?.state ?? "nowhere";
  const isBegun = complete + active > 0 || supply !== "nowhere";
  return {
    digest: layer.digest,
    mediaType: layer.mediaType,
    bytes: layer.size,
    ...(having.length < images.length && { platforms: having.map(({ platform }) => platform) }),
    state:
      shares.length > 0 && complete === shares.length
        ? "Complete"
        : supply === "nowhere" && isStuck
          ? "Unavailable"
          : isBegun
            ? "Seeding"
            : "Pending",
    seeders: serving.filter(({ agent }) => agent?.held.has(layer.digest)).length,
    nodesDesired: shares.length,
    nodesComplete: complete,
    nodesActive: active,
    fromRegistry: sum(({ registryBytes }) => registryBytes),
    fromPeers: sum(({ peerBytes }) => peerBytes),
    local: sum(({ localBytes }) => localBytes),
  };
}

/** A report is looked at for each of its layers, in one decision after another. */
const known = new WeakMap<readonly LayerReport[], ReadonlyMap<string, LayerReport>>();

function byDigest(layers: readonly LayerReport[]): ReadonlyMap<string, LayerReport> {
  const before = known.get(layers);
  if (before !== undefined) return before;
  const next = new Map(layers.map((one) => [one.digest, one]));
  known.set(layers, next);
  return next;
}

function shareOf(layer: Layer, state: TargetState): Share {
  const report = state.report && byDigest(state.report.layers).get(layer.digest);
  const isComplete = isStored(state) || (report?.completedBytes ?? 0) >= Math.max(1, layer.size);
  return { isComplete, report };
}
