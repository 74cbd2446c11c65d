import { REGISTRY_NEEDS } from "../registry.ts";
import type { Scenario } from "../scenario.ts";
import { validRaces } from "../swarms/contest.ts";
import type { CourseSpec } from "../swarms/courses.ts";
import { holdContest } from "../swarms/hold-contest.ts";
import { NETWORK_NEEDS } from "../swarms/shaped-network.ts";
import type { System } from "../swarms/system.ts";
import { SYSTEMS } from "../swarms/systems.ts";

/** A comparison of systems as a scenario. */
export const courseScenario = (spec: CourseSpec): Scenario => {
  const takingPart = (chosen: readonly string[]): readonly System[] =>
    SYSTEMS.filter(({ name }) => spec.systems.includes(name) && chosen.includes(name));
  return {
    name: spec.name,
    about: spec.about,
    needs: (chosen) => [
      ...NETWORK_NEEDS,
      ...REGISTRY_NEEDS,
      ...takingPart(chosen).flatMap((system) => system.needs),
    ],
    measure: async (options) => {
      const contest = await holdContest(spec, takingPart(options.systems), options);
      const races = validRaces(contest);
      return { figures: spec.judges.flatMap((judge) => judge(races) ?? []), contest };
    },
  };
};
