import { isDeepStrictEqual } from "node:util";
import type { ImageDistributionStatus } from "../../api/index.ts";
import type { EventRecorder } from "../apply/event-recorder.ts";
import type { StatusWriter } from "../apply/status-writer.ts";
import { type Decision, decide } from "../decide/decide.ts";
import { targetPlatforms } from "../decide/targets.ts";
import { type Distribution, NO_MEMORY, type Resolution, type World } from "../decide/world.ts";
import { distributionOf } from "../gather/distribution.ts";
import type { KubeObject, ObjectKey } from "../kube/kube-object.ts";
import type { ObjectReader } from "../kube/object-cache.ts";
import type { Outcome } from "../queue/work-queue.ts";
import { type Fleet, nodesSharing } from "./fleet.ts";
import { type GatherInput, gather } from "./gather.ts";

/** What an image is: looked up while nobody waits for it. */
export type Resolutions = {
  /** As far as is known now; what is not is looked up, and the distribution is looked at again then. */
  of(
    distribution: Distribution,
    status: ImageDistributionStatus,
    targetPlatforms: ReadonlySet<string>,
  ): Resolution;
  /** The distribution is no more. */
  forget(key: string): void;
};

export type ReconcileDeps = {
  readonly distributions: ObjectReader;
  readonly fleet: Fleet;
  readonly resolutions: Resolutions;
  readonly statuses: StatusWriter;
  readonly events: EventRecorder;
  /** Everything besides the distribution, as it is now. */
  readonly surroundings: () => GatherInput;
  /** Something else is wanted of these nodes: in their NodeImageSets, and in their agents' sessions. */
  readonly onNodes: (nodes: ReadonlySet<string>) => void;
  /** These nodes lack other images than before. */
  readonly onLacking: (nodes: readonly string[]) => void;
  /** These distributions have something to decide. */
  readonly onKeys: (keys: readonly string[]) => void;
};

/** Gathers, decides and applies, for the ImageDistribution of this namespace and name. */
export async function reconcile(
  deps: ReconcileDeps,
  name: ObjectKey,
  signal: AbortSignal,
): Promise<Outcome> {
  const object = deps.distributions.get(name);
  const keys = keysOf(deps, name);
  const key = object === undefined ? undefined : distributionOf(object).key;
  for (const old of keys) if (old !== key) forget(deps, old);
  if (object === undefined) {
    deps.statuses.forget(name);
    return {};
  }
  const world = worldOf(deps, object);
  const decision = decide(world);
  carryOut(deps, world, decision);
  return await tell(deps, object, decision, signal);
}

/** Of all that has had this name, and of which something is left. */
function keysOf({ fleet }: ReconcileDeps, name: ObjectKey): Set<string> {
  const known = [...fleet.sets.keys(), ...fleet.memories.keys()];
  return new Set(known.filter((key) => key.startsWith(`${name}/`)));
}

function forget(deps: ReconcileDeps, key: string): void {
  const { fleet, resolutions, onNodes, onLacking, onKeys } = deps;
  const sharers = fleet.images.sharing(key);
  const ended = setLeases(fleet, key, []);
  const nodes = new Set(ended);
  for (const node of fleet.sets.set(key, new Map())) nodes.add(node);
  fleet.leases.countAnew(key);
  fleet.reports.forget(key);
  fleet.memories.delete(key);
  fleet.images.delete(key);
  fleet.swarms.delete(key);
  fleet.newHolders.delete(key);
  resolutions.forget(key);
  onNodes(nodes);
  onLacking(fleet.lacking.set(key, new Set()));
  // Nobody fetches for them what this one fetched for all.
  if (ended.size > 0) onKeys([...sharers]);
}

function worldOf(
  { surroundings, statuses, resolutions }: ReconcileDeps,
  object: KubeObject,
): World {
  const input = surroundings();
  const distribution = distributionOf(object);
  const status = statuses.current(object);
  const platforms = targetPlatforms(distribution.spec, input.startupTaints, input.nodes);
  const resolution: Resolution =
    distribution.problem === undefined && !distribution.isDeleted
      ? resolutions.of(distribution, status, platforms)
      : { state: "wanted" };
  return gather(input, distribution, status, resolution);
}

/** What others are told at once: nothing of it waits for the API server. */
function carryOut(deps: ReconcileDeps, world: World, decision: Decision): void {
  const { fleet, onNodes, onLacking } = deps;
  const { key } = world.distribution;
  const { image } = world.memory;
  if (image !== undefined && image !== decision.memory.image) fleet.leases.countAnew(key);
  const nodes = new Set(fleet.sets.set(key, decision.assignments));
  for (const node of nodes) fleet.reports.told(node, key, world.now);
  if (noteImage(fleet, world)) for (const node of decision.assignments.keys()) nodes.add(node);
  for (const node of setLeases(fleet, key, decision.leases)) nodes.add(node);
  if (fleet.newHolders.delete(key)) {
    for (const node of whoLack(fleet, world, decision)) nodes.add(node);
  }
  if (decision.memory === NO_MEMORY) fleet.memories.delete(key);
  else fleet.memories.set(key, decision.memory);
  if (nodes.size > 0) onNodes(nodes);
  onLacking(fleet.lacking.set(key, decision.lacking));
}

/**
 * Nodes that are not done. After a change of leaders they may have come before those who have the image, and its tracker knows nobody yet: they
 * would hear of nobody.
 */
const whoLack = ({ reports }: Fleet, { distribution }: World, { assignments }: Decision) => {
  const known = reports.of(distribution.key);
  return [...assignments.keys()].filter((node) => known.get(node)?.state !== "Ready");
};

/** Who fetches hears of it, and so does everybody who asks them for hashes. */
function setLeases(fleet: Fleet, key: string, leases: Decision["leases"]): Set<string> {
  const changed = fleet.leases.set(key, leases);
  return changed.size === 0 ? changed : new Set([...changed, ...nodesSharing(fleet, key)]);
}

/** Whether agents have to hear something else of the image, or of how it is to be moved. */
function noteImage({ images, swarms }: Fleet, { distribution, resolution }: World): boolean {
  if (resolution.state !== "done") return false;
  const { key, spec } = distribution;
  const next = { spec, image: resolution.image };
  const before = images.get(key);
  images.set(key, next);
  const isNew = !isDeepStrictEqual(before, next);
  if (isNew) swarms.set(key, next.image);
  return isNew;
}

async function tell(
  { statuses, events }: ReconcileDeps,
  object: KubeObject,
  decision: Decision,
  signal: AbortSignal,
): Promise<Outcome> {
  const { status, statusEvents, requeueAfterMs } = decision;
  const [written] = await Promise.all([
    status === undefined ? undefined : statuses.write(object, status, signal),
    events.record(object, decision.events, signal),
  ]);
  if (written === undefined) return {};
  if (written.how === "written") await events.record(object, statusEvents, signal);
  const waits = [requeueAfterMs, written.how === "later" ? written.waitMs : undefined];
  const soonest = Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(soonest) ? { requeueAfterMs: soonest } : {};
}
