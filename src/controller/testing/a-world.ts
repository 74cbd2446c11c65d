import type { ImageDistributionSpec } from "../../api/index.ts";
import { type Digest, digestOf } from "../../oci/index.ts";
import type { Decision } from "../decide/decide.ts";
import {
  type Agent,
  type Layer,
  type Lease,
  NO_MEMORY,
  type NodeFacts,
  type NodeReport,
  type PlatformImage,
  type ResolvedImage,
  type World,
} from "../decide/world.ts";

// Builders: a test says what it is about, and the rest is as it should be. Time begins long after the leader did.

export const NOW = Date.UTC(2030, 0, 2);
const DAY = 86_400_000;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

export const aDigest = (name: string): Digest => digestOf(Buffer.from(name));

export const aLayer = (name: string, size = 100 * MIB): Layer => ({
  digest: aDigest(name),
  size,
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
});

export function anImage(
  layers: readonly Layer[] = [aLayer("one"), aLayer("two", 50 * MIB)],
  platform = "linux/amd64",
): PlatformImage {
  const bytes = layers.reduce((sum, { size }) => sum + size, 1_000);
  return { platform, digest: aDigest(`image for ${platform}`), bytes, layers };
}

export function aResolvedImage(
  platforms: readonly PlatformImage[] = [anImage()],
  fields: Partial<ResolvedImage> = {},
): ResolvedImage {
  return {
    reference: "registry.example/app:1",
    host: "registry.example",
    digest: aDigest("index"),
    access: "Public",
    resolvedAt: NOW - 60_000,
    refresh: undefined,
    movedFrom: undefined,
    platforms,
    ...fields,
  };
}

export type NodeOptions = Partial<NodeFacts> & { readonly zone?: string };

export function aNode(name: string, { zone, ...fields }: NodeOptions = {}): NodeFacts {
  return {
    name,
    labels: {
      ...(zone !== undefined && { "topology.kubernetes.io/zone": zone }),
      ...fields.labels,
    },
    taints: fields.taints ?? [],
    platform: fields.platform ?? "linux/amd64",
    createdAt: fields.createdAt ?? NOW - DAY,
    isDeleting: fields.isDeleting ?? false,
    isCordoned: fields.isCordoned ?? false,
    isVirtual: fields.isVirtual ?? false,
    notReadySince: fields.notReadySince,
  };
}

export type AgentOptions = Partial<Omit<Agent, "held" | "pieces">> & {
  readonly held?: readonly Layer[];
  /** How many pieces of ten it has of a layer, from the first on. */
  readonly tenths?: readonly (readonly [Layer, number])[];
};

export function anAgent({ held = [], tenths = [], ...fields }: AgentOptions = {}): Agent {
  return {
    attachedAt: NOW - DAY,
    heardAt: NOW - 1_000,
    brokenAt: undefined,
    freeBytes: 100 * GIB,
    reservedBytes: 0,
    unreachable: new Set(),
    seedsElsewhere: 0,
    ...fields,
    held: new Set(held.map(({ digest }) => digest)),
    pieces: new Map(tenths.map(([{ digest }, count]) => [digest, firstOfTen(count)])),
  };
}

export function firstOfTen(count: number) {
  const bits = (0xffff << (16 - count)) & 0xffff;
  return { pieceCount: 10, pieces: Uint8Array.of(bits >> 8, bits & 0xff) };
}

export function aReport(state: NodeReport["state"], fields: Partial<NodeReport> = {}): NodeReport {
  return {
    revision: "",
    state,
    reason: undefined,
    message: undefined,
    since: NOW - 5_000,
    movedAt: NOW - 5_000,
    completedBytes: 0,
    registryBytes: 0,
    peerBytes: 0,
    localBytes: 0,
    bytesPerSecond: 0,
    layers: [],
    ...fields,
  };
}

export const aLease = (layer: Layer, node: string, fields: Partial<Lease> = {}): Lease => ({
  digest: layer.digest,
  zone: "",
  node,
  generation: 1,
  fromPiece: 0,
  owner: KEY,
  failure: undefined,
  ...fields,
});

export const KEY = "team/app/uid-1";

export function aSpec(fields: Partial<ImageDistributionSpec> = {}): ImageDistributionSpec {
  return {
    image: "registry.example/app:1",
    nodeSelector: {},
    seeders: { topologyKey: "topology.kubernetes.io/zone" },
    limits: {},
    registry: { fallback: "AfterTimeout", fallbackAfterSeconds: 300 },
    runtime: { load: "Never", pin: "Never" },
    rollout: { maxParallel: "100%", failureThreshold: "10%", progressDeadlineSeconds: 600 },
    retentionSeconds: 86_400,
    priority: 0,
    suspend: false,
    ...fields,
  };
}

/** Few enough to look at each. */
class TestAgents extends Map<string, Agent> {
  having(digests: Iterable<Digest>): ReadonlySet<string> {
    const all = [...digests];
    const has = ({ held, pieces }: Agent) =>
      all.some((digest) => held.has(digest) || pieces.has(digest));
    return new Set([...this].flatMap(([node, agent]) => (has(agent) ? [node] : [])));
  }
}

export type TestWorld = World & { readonly agents: TestAgents };

/** @param entries a node that has none is undefined */
export const agentsOf = (
  entries: Iterable<readonly [node: string, agent: Agent | undefined]>,
): TestAgents =>
  new TestAgents(
    [...entries].flatMap(([node, agent]) => (agent === undefined ? [] : [[node, agent] as const])),
  );

export type WorldOptions = Partial<Omit<World, "distribution" | "resolution" | "agents">> & {
  readonly spec?: Partial<ImageDistributionSpec>;
  readonly generation?: number;
  readonly isDeleted?: boolean;
  readonly problem?: string;
  readonly resolution?: World["resolution"];
  readonly image?: ResolvedImage;
  /** By node; a node that is not named has one that is well, and one that is undefined has none. */
  readonly agents?: Readonly<Record<string, Agent | undefined>>;
};

export function aWorld(options: WorldOptions = {}): TestWorld {
  const { spec, generation, isDeleted, problem, image, agents = {}, ...fields } = options;
  const nodes = fields.nodes ?? [aNode("a"), aNode("b"), aNode("c")];
  const entries = nodes.map(
    ({ name }) => [name, name in agents ? agents[name] : anAgent()] as const,
  );
  return {
    now: NOW,
    leadingSince: NOW - DAY,
    startupTaints: new Set(),
    distribution: {
      key: KEY,
      uid: "uid-1",
      generation: generation ?? 1,
      isDeleted: isDeleted ?? false,
      spec: aSpec(spec),
      problem,
      refresh: undefined,
    },
    resolution: { state: "done", image: image ?? aResolvedImage() },
    reports: new Map(),
    assigned: new Map(),
    fullNodes: new Set(),
    leases: [],
    generations: new Map(),
    registryBytes: 0,
    memory: NO_MEMORY,
    status: {},
    ...fields,
    nodes,
    agents: agentsOf(entries),
  };
}

/** The world after a decision has been carried out, and what happened since. */
export function afterwards(
  world: TestWorld,
  decision: Decision,
  happened: Partial<Omit<World, "agents" | "reports">> & {
    readonly agents?: Readonly<Record<string, Agent | undefined>>;
    readonly reports?: Readonly<Record<string, NodeReport>>;
  } = {},
): TestWorld {
  const { agents = {}, reports = {}, ...fields } = happened;
  const generations = new Map(world.generations);
  for (const { digest, generation } of decision.leases) {
    generations.set(digest, Math.max(generation, generations.get(digest) ?? 0));
  }
  const changed = new Map<string, Agent | undefined>([...world.agents, ...Object.entries(agents)]);
  const revised = Object.entries(reports).map(([node, report]) => {
    const revision = decision.assignments.get(node)?.revision ?? "unknown";
    return [node, { ...report, revision }] as const;
  });
  return {
    ...world,
    assigned: decision.assignments,
    memory: decision.memory,
    leases: decision.leases,
    status: decision.status ?? world.status,
    generations,
    ...fields,
    agents: agentsOf(changed),
    reports: new Map([...world.reports, ...revised]),
  };
}

/** What a person would look at. */
export function conditionOf({ status }: Decision, type: string): string {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? "none" : `${found.status}/${found.reason}`;
}

export const messageOf = ({ status }: Decision, type: string): string =>
  status?.conditions?.find((condition) => condition.type === type)?.message ?? "";

export const seedersIn = ({ assignments }: Decision): string[] =>
  [...assignments].flatMap(([node, { role }]) => (role === "Seeder" ? [node] : [])).sort();
