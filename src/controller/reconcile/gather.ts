import type { ImageDistributionStatus } from "../../api/index.ts";
import type { Digest } from "../../oci/index.ts";
import {
  type Agents,
  type Distribution,
  type Memory,
  NO_MEMORY,
  type NodeFacts,
  type Resolution,
  type World,
} from "../decide/world.ts";
import { agentOf } from "../gather/agent-facts.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Fleet } from "./fleet.ts";

export type GatherInput = {
  /** Milliseconds since 1970, of a moment of the clock that sessions and leadership go by. */
  readonly wallTime: (ms: number) => number;
  readonly now: number;
  readonly leadingSince: number;
  readonly startupTaints: ReadonlySet<string>;
  readonly nodes: readonly NodeFacts[];
  readonly sessions: Pick<Sessions, "facts" | "holders" | "partHolders">;
  readonly fleet: Fleet;
};

/** All that a decision about one distribution rests upon. */
export function gather(
  input: GatherInput,
  distribution: Distribution,
  status: ImageDistributionStatus,
  resolution: Resolution,
): World {
  const { wallTime, now, leadingSince, startupTaints, nodes, fleet } = input;
  const { key } = distribution;
  const { sets, leases, reports, memories } = fleet;
  const digests = digestsOf(resolution);
  return {
    now: wallTime(now),
    leadingSince: wallTime(leadingSince),
    startupTaints,
    distribution,
    resolution,
    nodes,
    agents: agentsOf(input, key),
    reports: reports.of(key),
    assigned: sets.of(key),
    fullNodes: sets.fullFor(key),
    leases: leases.of(digests),
    generations: leases.generationsOf(digests),
    registryBytes: leases.bytesFor(key),
    memory: memories.get(key) ?? rememberedOf(input, distribution, status),
    status,
  };
}

function agentsOf({ sessions, fleet: { sets }, wallTime }: GatherInput, key: string): Agents {
  const { holders, partHolders } = sessions;
  const known = sessions.facts();
  return {
    get(node) {
      const facts = known.get(node);
      return facts && agentOf(facts, sets.seedsElsewhere(node, key), wallTime);
    },
    having: (digests) =>
      new Set([...digests].flatMap((digest) => [...holders(digest), ...partHolders(digest)])),
  };
}

const digestsOf = (resolution: Resolution): ReadonlySet<Digest> =>
  new Set(
    resolution.state === "done"
      ? resolution.image.platforms.flatMap(({ layers }) => layers.map(({ digest }) => digest))
      : [],
  );

/** A new leader knows the seeders by what nodes are to hold. */
function rememberedOf(
  { nodes, fleet }: GatherInput,
  { key, spec }: Distribution,
  { resolved }: ImageDistributionStatus,
): Memory {
  const seeders = [...fleet.sets.of(key)].filter(([, { role }]) => role === "Seeder");
  if (seeders.length === 0 || resolved === undefined) return NO_MEMORY;
  const zoneOf = (name: string) =>
    nodes.find((node) => node.name === name)?.labels[spec.seeders.topologyKey] ?? "";
  return {
    ...NO_MEMORY,
    image: resolved.digest as Digest,
    seeders: seeders.map(([node, { platform }]) => ({ node, zone: zoneOf(node), platform })),
  };
}
