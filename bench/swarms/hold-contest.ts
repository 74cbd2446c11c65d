// Holds a contest: the same course for each system, in several runs, in another order each time.
import type { Scope } from "../../e2e/support/at-end.ts";
import { makeImage } from "../../e2e/support/images.ts";
import { startRegistry } from "../../e2e/support/registry.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { settleDisk } from "../registry.ts";
import type { BenchOptions } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { seededRandom, shuffled } from "../shuffle.ts";
import { type Contest, type Contestant, counts, LEAST_ALONE, LEAST_IDLE } from "./contest.ts";
import { boundSeconds, type CourseRace, makespan } from "./course-race.ts";
import type { CourseSpec } from "./courses.ts";
import { race } from "./race.ts";
import { calibrate, createShapedNetwork, FRAME_OVER_PAYLOAD } from "./shaped-network.ts";
import type { Course, System } from "./system.ts";

const ATTEMPTS = 3;

type Field = {
  readonly spec: CourseSpec;
  readonly storage: string;
  readonly images: Course["images"];
};

/** Makes the images, and a registry's directory that has them. */
async function prepareField(scope: Scope, spec: CourseSpec): Promise<Field> {
  const storage = tempDir(scope);
  const images: { name: string; record: Course["images"][number]["record"] }[] = [];
  await withScope(async (pushing) => {
    const registry = await startRegistry(pushing, { storage });
    for (let number = 0; number < spec.images; number += 1) {
      const layers = spec.layers.map((bytes, layer) => ({ seed: `${number}.${layer}`, bytes }));
      const record = await makeImage(tempDir(scope), { tag: "latest", layers });
      await registry.push(record, nameOf(number));
      images.push({ name: nameOf(number), record });
    }
  });
  await settleDisk();
  return { spec, storage, images };
}

const nameOf = (number: number) => `bench/image-${number}:latest`;

const REGISTRY_PORT = 5_000;

/** Starts what a course has besides the systems. */
async function layOut(scope: Scope, { spec, storage, images }: Field): Promise<Course> {
  const { leechers, megabits, origin } = spec;
  const network = await createShapedNetwork(scope, leechers, megabits);
  const on = origin === "cold" ? network.registry : network.seed;
  const registry = await startRegistry(scope, { on, storage, port: REGISTRY_PORT });
  const named = images.map(({ name, record }) => ({ name: `${registry.address}/${name}`, record }));
  return { network, images: named, registry, origin };
}

/** The same with one leecher. */
const forOne = (course: Course): Course => ({
  ...course,
  network: { ...course.network, leechers: course.network.leechers.slice(0, 1) },
});

async function describeContestant(
  system: System,
  course: Course,
  megabits: number,
): Promise<Contestant> {
  const { name, settings } = system;
  const { bestReceived } = await race(system, forOne(course));
  const aloneShare = (bestReceived * FRAME_OVER_PAYLOAD * 8) / (megabits * 1e6);
  return { name, settings, version: await system.version(), aloneShare };
}

/** Again where the machine had too little to spare, but not for ever; then it is the one that left most. */
async function raceValidly(
  system: System,
  course: Course,
  place: Pick<CourseRace, "run" | "megabits">,
  attempts: number,
  tell: (line: string) => void,
): Promise<CourseRace> {
  let best: CourseRace | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const result = await race(system, course);
    const isVoid = result.idle < LEAST_IDLE;
    const whole = { ...result, ...place, system: system.name, isVoid };
    tell(`run ${place.run}, ${sentenceOf(whole)}`);
    if (best === undefined || whole.idle > best.idle) best = whole;
    if (!best.isVoid || attempt >= attempts) return best;
  }
}

/** One that has only ever been void is most likely what keeps the machine busy, and is not waited for. */
function attemptsFor({ name }: System, races: readonly CourseRace[]): number {
  const own = races.filter(({ system }) => system === name);
  return own.length > 0 && own.every(({ isVoid }) => isVoid) ? 1 : ATTEMPTS;
}

function sentenceOf(result: CourseRace): string {
  const over = (makespan(result) / boundSeconds(result)).toFixed(2);
  const idle = `${(result.idle * 100).toFixed(0)} % idle`;
  const verdict = result.isVoid ? `, void: below ${LEAST_IDLE * 100} %` : "";
  return `${result.system}: ${makespan(result).toFixed(2)} s, ${over} x the bound, ${idle}${verdict}`;
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

function tellContestant(contestant: Contestant, tell: BenchOptions["tell"]): void {
  const { name, version, aloneShare } = contestant;
  const verdict = counts(contestant) ? "" : `, below ${percent(LEAST_ALONE)}: does not count`;
  tell(`${name} ${version}: alone ${percent(aloneShare)} of the link${verdict}`);
}

/** Needs root. The systems take part that the course has and `options` names. */
export const holdContest = (
  spec: CourseSpec,
  systems: readonly System[],
  { runs, seed, tell }: BenchOptions,
): Promise<Contest> =>
  withScope(async (scope) => {
    const field = await prepareField(scope, spec);
    const { megabits } = spec;
    const random = seededRandom(seed);
    const contestants: Contestant[] = [];
    const calibration: number[] = [];
    const races: CourseRace[] = [];
    for (let run = 1; run <= runs; run += 1) {
      await withScope(async (inner) => {
        const course = await layOut(inner, field);
        calibration.push(await calibrate(inner, course.network, megabits));
        if (run === 1) {
          for (const system of systems) {
            const contestant = await describeContestant(system, course, megabits);
            tellContestant(contestant, tell);
            contestants.push(contestant);
          }
        }
        const order = shuffled(systems, random);
        tell(`run ${run}: ${order.map(({ name }) => name).join(", ")} (seed ${seed})`);
        for (const system of order) {
          const attempts = attemptsFor(system, races);
          races.push(await raceValidly(system, course, { run, megabits }, attempts, tell));
          await settleDisk();
        }
      });
    }
    return { seed, calibration, contestants, races };
  });
