// The bounds that our daemons must keep on a course, each as a figure with one sample a run.
import { quantile } from "../quantile.ts";
import type { Figure, Gate } from "../scenario.ts";
import type { Unit } from "../units.ts";
import { boundSeconds, type CourseRace, makespan, nodeCpuPerGigabyte } from "./course-race.ts";

/** From all valid races of a course, the figure that a gate is on; undefined when a system it needs did not take part. */
export type Judge = (races: readonly CourseRace[]) => Figure | undefined;

/** The valid race of a system in one run. */
type InRun = (system: string) => CourseRace | undefined;

type Measure = {
  readonly name: string;
  readonly unit: Unit;
  readonly gate: Gate;
  /** Undefined when a race that it needs is not there. */
  read(inRun: InRun): number | undefined;
};

const judge =
  ({ name, unit, gate, read }: Measure): Judge =>
  (races) => {
    const runs = [...new Set(races.map(({ run }) => run))];
    const samples = runs.flatMap((run) => {
      const inRun: InRun = (system) =>
        races.find((race) => race.run === run && race.system === system);
      return read(inRun) ?? [];
    });
    return samples.length === 0 ? undefined : { name, unit, samples, gate };
  };

type Read = (race: CourseRace) => number;

/** What is read of one system's race, ours unless said. */
const of =
  (read: Read, system = "ours"): Measure["read"] =>
  (inRun) => {
    const race = inRun(system);
    return race && read(race);
  };

/** What is read of one system's race, over the least of what is read of others'. */
const over =
  (others: readonly string[], read: Read, system = "ours"): Measure["read"] =>
  (inRun) => {
    const own = inRun(system);
    const theirs = others.flatMap((other) => inRun(other) ?? []).map(read);
    return own && theirs.length > 0 ? read(own) / Math.min(...theirs) : undefined;
  };

const ratio = (name: string, gate: Gate, read: Measure["read"]): Judge =>
  judge({ name, unit: "ratio", gate, read });

const overBound: Read = (race) => makespan(race) / boundSeconds(race);
const originCopies: Read = ({ originBytes, imageBytes }) => originBytes / imageBytes;
const registryCopies: Read = ({ registryBytes, imageBytes }) => registryBytes / imageBytes;
const spread: Read = ({ nodeSeconds }) => quantile(nodeSeconds, 0.99) / quantile(nodeSeconds, 0.5);
const cpu: Read = (race) => nodeCpuPerGigabyte(race) ?? Number.NaN;

/** Judges by what they are told is the bound; `most` and `least` may just be reached. */
export const judges = {
  overBound: (most: number) =>
    ratio("time of the last node over the bound", { atMost: most }, of(overBound)),
  overBestOf: (others: readonly string[], most: number) =>
    ratio(
      `time of the last node over ${others.join(" or ")}'s`,
      { atMost: most },
      over(others, makespan),
    ),
  originCopies: (most: number) =>
    ratio("copies that the seed sent", { atMost: most }, of(originCopies)),
  registryCopies: (most: number) =>
    ratio("copies that the registry sent", { atMost: most }, of(registryCopies)),
  spread: (most: number) =>
    ratio("time of the last node over the median node's", { atMost: most }, of(spread)),
  connections: (most: number) =>
    judge({
      ...{ name: "connections of a node", unit: "count", gate: { atMost: most } },
      read: of(({ connections }) => connections),
    }),
  peakMegabytes: (most: number) =>
    judge({
      ...{ name: "peak memory of a node", unit: "MB", gate: { atMost: most } },
      read: of(({ peakRssBytes }) => peakRssBytes / 1e6),
    }),
  cpuOver: (other: string, most: number) =>
    ratio(`processor time of a node over ${other}'s`, { atMost: most }, over([other], cpu)),
  encryptionOver: (most: number) =>
    ratio(
      "time of the last node with TLS over that without",
      { atMost: most },
      over(["ours"], makespan, "ours-tls"),
    ),
  /** Over what the seed may send; the second is the control that nothing else held it up. */
  notAboveCap: (cap: number, most: number) =>
    ratio(
      "the seed's fastest two seconds over its cap",
      { atMost: most },
      of(({ bestSent }) => bestSent / cap, "ours-capped"),
    ),
  notBelowCap: (cap: number, least: number) =>
    ratio(
      "the same, so that nothing else was the limit",
      { atLeast: least },
      of(({ bestSent }) => bestSent / cap, "ours-capped"),
    ),
};
