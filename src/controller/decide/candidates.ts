import { rendezvous } from "./rendezvous.ts";
import { matchesSelector } from "./selector.ts";
import { bytesHeld } from "./supply.ts";
import type { Member } from "./targets.ts";
import type { Layer, World } from "./world.ts";

/** Why a node cannot be a seeder. */
export type Hindrance =
  | "AgentNotReady"
  | "NodeNotReady"
  | "NodeCordoned"
  | "RegistryUnreachable"
  | "InsufficientDisk";

const GIB = 2 ** 30;
const SETTLED_MS = 600_000;

/** Whether the spec lets this node seed: a target, or where it says which nodes may, one of those. */
export function maySeed({ distribution }: World, member: Member, isTarget: boolean): boolean {
  const { nodeSelector } = distribution.spec.seeders;
  return nodeSelector === undefined ? isTarget : matchesSelector(nodeSelector, member.node.labels);
}

/** Whether the agent itself says that there is no room: it knows what its store may take. */
export function lacksRoom({ reports }: Pick<World, "reports">, node: string): boolean {
  const report = reports.get(node);
  return report?.state === "Waiting" && report.reason === "InsufficientDisk";
}

/**
 * Undefined where nothing stands against it.
 * @param share bytes that it would fetch, as far as can be told before.
 */
export function hindranceOf(
  world: Pick<World, "reports">,
  { node, agent, liveness }: Member,
  host: string,
  share: number,
): Hindrance | undefined {
  if (agent === undefined || liveness !== "live") return "AgentNotReady";
  if (node.isDeleting || node.notReadySince !== undefined) return "NodeNotReady";
  if (node.isCordoned) return "NodeCordoned";
  if (agent.unreachable.has(host)) return "RegistryUnreachable";
  if (lacksRoom(world, node.name)) return "InsufficientDisk";
  return agent.freeBytes >= share * 1.1 + agent.reservedBytes ? undefined : "InsufficientDisk";
}

export type Ranking = {
  readonly uid: string;
  readonly now: number;
  readonly layers: readonly Layer[];
  /** Layers that lost their seeder: who has most of them comes first. */
  readonly orphaned: readonly Layer[];
  /** Nodes that were lost before: they come last. */
  readonly lost: ReadonlySet<string>;
};

/** The best first. Chance decides at last, the same each time. */
export function ranked(candidates: readonly Member[], ranking: Ranking): Member[] {
  const keys = new Map(candidates.map((member) => [member, rankOf(member, ranking)]));
  return candidates.toSorted((a, b) => compare(keys.get(a) ?? [], keys.get(b) ?? []));
}

function rankOf(
  member: Member,
  { uid, now, layers, orphaned, lost }: Ranking,
): readonly (number | string)[] {
  const { node, agent } = member;
  const sum = (some: readonly Layer[]) =>
    some.reduce((bytes, layer) => bytes + bytesHeld(member, layer), 0);
  const free = agent?.freeBytes ?? 0;
  return [
    lost.has(node.name) ? 1 : 0,
    -sum(orphaned),
    -Math.floor(sum(layers) / GIB),
    agent?.seedsElsewhere ?? 0,
    -Math.floor(free / GIB),
    now - (agent?.attachedAt ?? now) >= SETTLED_MS ? 0 : 1,
    rendezvous(uid, node.name),
  ];
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [i, key] of a.entries()) {
    const other = b[i];
    if (other === undefined || key === other) continue;
    return key < other ? -1 : 1;
  }
  return 0;
}
