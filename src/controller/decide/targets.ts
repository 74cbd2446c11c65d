import type { ImageDistributionSpec } from "../../api/index.ts";
import type { Due } from "./due.ts";
import { type Liveness, livenessOf } from "./liveness.ts";
import { matchesSelector, toleratesAll } from "./selector.ts";
import type { Agent, NodeFacts, PlatformImage, World } from "./world.ts";

/** A node that the spec is about. */
export type Member = {
  readonly node: NodeFacts;
  readonly zone: string;
  readonly agent: Agent | undefined;
  readonly liveness: Liveness;
  /** The image for its platform; undefined where the image has none. */
  readonly image: PlatformImage | undefined;
};

export type Targets = {
  /** Nodes that should have the image. */
  readonly desired: readonly Member[];
  /** Nodes that match, and do not count for now. */
  readonly skipped: readonly Member[];
};

/** A node that is not ready for longer than this is taken for gone. */
export const NOT_READY_MS = 300_000;

export function targetsOf(world: World, images: readonly PlatformImage[], due: Due): Targets {
  const members = world.nodes
    .filter((node) => isMatch(world.distribution.spec, world.startupTaints, node))
    .map((node) => memberOf(world, node, images, due));
  return {
    desired: members.filter(({ node }) => !isSkipped(node, due)),
    skipped: members.filter(({ node }) => isSkipped(node, due)),
  };
}

export function memberOf(
  world: World,
  node: NodeFacts,
  images: readonly PlatformImage[],
  due: Due,
): Member {
  const agent = world.agents.get(node.name);
  return {
    node,
    zone: node.labels[world.distribution.spec.seeders.topologyKey] ?? "",
    agent,
    liveness: livenessOf(agent, true, world.leadingSince, due),
    image: imageFor(node.platform, images),
  };
}

/** The platforms of the nodes that the spec is about, whatever images there are. */
export const targetPlatforms = (
  spec: ImageDistributionSpec,
  startupTaints: ReadonlySet<string>,
  nodes: readonly NodeFacts[],
): Set<string> =>
  new Set(
    nodes.filter((node) => isMatch(spec, startupTaints, node)).map(({ platform }) => platform),
  );

function isMatch(
  { nodeSelector, tolerations = [], platforms = [] }: ImageDistributionSpec,
  startupTaints: ReadonlySet<string>,
  node: NodeFacts,
): boolean {
  return (
    node.platform.startsWith("linux/") &&
    !node.isVirtual &&
    (platforms.length === 0 || platforms.some((platform) => isSame(platform, node.platform))) &&
    matchesSelector(nodeSelector, node.labels) &&
    toleratesAll(tolerations, node.taints, startupTaints)
  );
}

const isSkipped = (node: NodeFacts, due: Due): boolean =>
  node.isDeleting ||
  node.isCordoned ||
  (node.notReadySince !== undefined && due.passed(node.notReadySince + NOT_READY_MS));

const imageFor = (platform: string, images: readonly PlatformImage[]): PlatformImage | undefined =>
  images.find((image) => image.platform === platform) ??
  images.find((image) => isSame(image.platform, platform));

/** Nodes do not tell their variant: linux/arm/v7 is good for a node of linux/arm. */
const isSame = (platform: string, ofNode: string): boolean =>
  platform === ofNode || platform.startsWith(`${ofNode}/`) || ofNode.startsWith(`${platform}/`);
