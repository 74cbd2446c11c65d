import type { ConditionReason } from "../../api/index.ts";
import { formatCounts } from "../status/format.ts";
import { isMissing, lacksSeeder, type Plan, type Round } from "./plan.ts";
import type { World } from "./world.ts";

/** How it stands with what the registry is to give: the condition Seeded. */
export type Seeding = {
  readonly isSeeded: boolean;
  readonly reason: ConditionReason<"Seeded">;
  readonly message: string;
  /** Waiting alone does not help. */
  readonly isStuck: boolean;
};

type Check = (world: World, plan: Plan) => Seeding | undefined;

/** The first finding counts. */
const CHECKS: readonly Check[] = [allThere, flapping, budgetSpent, seederMissing, noSource];

export function seedingOf(world: World, plan: Plan): Seeding {
  for (const check of CHECKS) {
    const finding = check(world, plan);
    if (finding !== undefined) return finding;
  }
  const missing = missingIn(plan).length;
  return working(
    "Seeding",
    `${missing} of ${layersIn(plan).length} layers are on their way from the registry`,
  );
}

const layersIn = ({ rounds }: Plan) => rounds.flatMap(({ deal }) => deal.supplies);
const missingIn = (plan: Plan) => layersIn(plan).filter(isMissing);

const working = (reason: Seeding["reason"], message: string): Seeding => ({
  isSeeded: false,
  isStuck: false,
  reason,
  message,
});
const stuck = (reason: Seeding["reason"], message: string): Seeding => ({
  ...working(reason, message),
  isStuck: true,
});

function allThere(_: World, plan: Plan): Seeding | undefined {
  if (missingIn(plan).length > 0) return undefined;
  const seeded = (reason: Seeding["reason"], message: string): Seeding => ({
    isSeeded: true,
    isStuck: false,
    reason,
    message,
  });
  const [only, ...others] = plan.targets.desired;
  if (only !== undefined && others.length === 0) {
    return seeded("SingleNode", `${only.node.name} is the only node, and has every layer`);
  }
  const bare = plan.rounds.flatMap(({ election }) => election.bare.map(zoneName));
  return bare.length > 0
    ? seeded("CrossZone", `no node can seed in ${bare.join(", ")}: other zones give every layer`)
    : seeded("Seeded", "the nodes have every layer among themselves");
}

const zoneName = (zone: string) => (zone === "" ? "nodes without a zone" : `zone ${zone}`);

function flapping({ memory }: World, { rounds }: Plan): Seeding | undefined {
  if (!rounds.some(({ election }) => election.isFlapping)) return undefined;
  const names = [...new Set(memory.lost.slice(-3).map(({ node }) => node))].join(", ");
  const message = `three seeders were lost within 10 minutes, among them ${names}: see to the agents there`;
  return stuck("SeederFlapping", message);
}

function budgetSpent({ distribution, registryBytes }: World, plan: Plan): Seeding | undefined {
  if (!plan.rounds.some(({ deal }) => deal.isBudgetSpent)) return undefined;
  const { maxCopies } = distribution.spec.registry;
  const limit = maxCopies === undefined ? "registry.maxCopies" : `registry.maxCopies: ${maxCopies}`;
  const message = `the registry gave ${registryBytes} bytes, and ${limit} allows no more: raise it`;
  return stuck("BudgetExhausted", message);
}

function seederMissing(world: World, { rounds, memory }: Plan): Seeding | undefined {
  const round = rounds.find(lacksSeeder);
  if (round === undefined) return undefined;
  const { hindrances, potential } = round.election;
  const usable = potential - [...hindrances.values()].reduce((sum, count) => sum + count, 0);
  if (usable > 0 || isWaitingForAgents(round)) {
    return working("Electing", "waiting for agents to come back before seeders are elected");
  }
  const reason = memory.lost.length > 0 ? "SeederLost" : "NoEligibleSeeder";
  const why = potential === 0 ? "no node may" : formatCounts(hindrances);
  const message = `${usable}/${potential} nodes can seed: ${why}`;
  return world.distribution.spec.registry.fallback === "Never"
    ? stuck(reason, message)
    : working(reason, message);
}

const isWaitingForAgents = ({ group }: Round): boolean =>
  group.potential.some(({ liveness }) => liveness === "away");

function noSource(_: World, plan: Plan): Seeding | undefined {
  const nowhere = layersIn(plan).filter(({ state }) => state === "nowhere");
  const [failed] = nowhere.flatMap(({ failure }) => failure ?? []);
  if (failed === undefined) return undefined;
  return stuck("NoSource", `${nowhere.length} layers come from nowhere: ${failed}`);
}
