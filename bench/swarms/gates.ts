import { quantile } from "../quantile.ts";
import type { Figure, Gate } from "../scenario.ts";
import type { Unit } from "../units.ts";
import { boundSeconds, type CourseRace, makespan, nodeCpuPerGigabyte } from "./course-race.ts";

/** From all valid races of a course, the figure that a gate is on; undefined when a system it needs did not take part. */
export type Judge = (races: readonly CourseRace[]) => Figure | undefined;

const OURS = "ours";

/** One sample a run, where the systems that it takes were in it. */
function perRun(
  races: readonly CourseRace[],
  read: (inRun: (system: string) => CourseRace | undefined) => number | undefined,
): number[] {
  const runs = [...new Set(races.map(({ run }) => run))];
  return runs.flatMap((run) => {
    const inRun = (system: string) =>
      races.find((each) => each.run === run && each.system === system);
    return read(inRun) ?? [];
  });
}

const figure = (
  name: string,
  unit: Unit,
  gate: Gate,
  samples: readonly number[],
): Figure | undefined => (samples.length === 0 ? undefined : { name, unit, samples, gate });

/** A judge of one system's races alone. */
const judgeOne =
  (
    name: string,
    unit: Unit,
    atMost: number,
    read: (race: CourseRace) => number,
    system = OURS,
  ): Judge =>
  (races) =>
    figure(
      name,
      unit,
      { atMost },
      perRun(races, (inRun) => {
        const race = inRun(system);
        return race && read(race);
      }),
    );

/** A judge of ours over the best of those others that took part in the same run. */
const judgeOver =
  (
    name: string,
    others: readonly string[],
    atMost: number,
    read: (race: CourseRace) => number,
  ): Judge =>
  (races) =>
    figure(
      name,
      "ratio",
      { atMost },
      perRun(races, (inRun) => {
        const own = inRun(OURS);
        const theirs = others.flatMap((other) => inRun(other) ?? []).map(read);
        return own && theirs.length > 0 ? read(own) / Math.min(...theirs) : undefined;
      }),
    );

export const judges = {
  overBound: (most: number) =>
    judgeOne(
      "makespan over the bound",
      "ratio",
      most,
      (race) => makespan(race) / boundSeconds(race),
    ),
  overBestOf: (others: readonly string[], most: number) =>
    judgeOver(`makespan over that of ${others.join(" or ")}`, others, most, makespan),
  originCopies: (most: number) =>
    judgeOne(
      "copies that the seed sent",
      "ratio",
      most,
      ({ originBytes, imageBytes }) => originBytes / imageBytes,
    ),
  registryCopies: (most: number) =>
    judgeOne(
      "copies that the registry sent",
      "ratio",
      most,
      ({ registryBytes, imageBytes }) => registryBytes / imageBytes,
    ),
  spread: (most: number) =>
    judgeOne(
      "time of the last node over the median node's",
      "ratio",
      most,
      ({ nodeSeconds }) => quantile(nodeSeconds, 0.99) / quantile(nodeSeconds, 0.5),
    ),
  connections: (most: number) =>
    judgeOne("connections of a node", "count", most, ({ connections }) => connections),
  peakMegabytes: (most: number) =>
    judgeOne("peak memory of a node", "MB", most, ({ peakRssBytes }) => peakRssBytes / 1e6),
  cpuOver: (other: string, most: number) =>
    judgeOver(
      `processor time of a node over ${other}'s`,
      [other],
      most,
      (race) => nodeCpuPerGigabyte(race) ?? Number.NaN,
    ),
};
