// What a contest shows at a glance: a row a system.
import { median } from "../median.ts";
import { quantile } from "../quantile.ts";
import { formatValue, type Unit } from "../units.ts";
import { type Contest, counts, LEAST_ALONE, LEAST_IDLE, voidSystems } from "./contest.ts";
import {
  boundSeconds,
  type CourseRace,
  makespan,
  nodeCpu,
  nodeCpuPerGigabyte,
} from "./course-race.ts";

type Column = {
  readonly heading: string;
  readonly unit: Unit;
  read(race: CourseRace): number | undefined;
};

const nodeSeconds =
  (part: number) =>
  ({ nodeSeconds }: CourseRace) =>
    quantile(nodeSeconds, part);

const COLUMNS: readonly Column[] = [
  { heading: "all", unit: "s", read: makespan },
  { heading: "x bound", unit: "ratio", read: (race) => makespan(race) / boundSeconds(race) },
  { heading: "p50", unit: "s", read: nodeSeconds(0.5) },
  { heading: "p90", unit: "s", read: nodeSeconds(0.9) },
  { heading: "p99", unit: "s", read: nodeSeconds(0.99) },
  {
    heading: "registry sent",
    unit: "ratio",
    read: ({ registryBytes, imageBytes }) => registryBytes / imageBytes,
  },
  {
    heading: "seed sent",
    unit: "ratio",
    read: ({ originBytes, imageBytes }) => originBytes / imageBytes,
  },
  { heading: "CPU a node", unit: "s", read: nodeCpu },
  { heading: "CPU a GB", unit: "s", read: nodeCpuPerGigabyte },
  {
    heading: "peak RSS",
    unit: "MB",
    read: ({ peakRssBytes }) => (peakRssBytes > 0 ? peakRssBytes / 1e6 : undefined),
  },
  { heading: "sockets", unit: "count", read: ({ connections }) => connections },
  {
    heading: "loop p99",
    unit: "ms",
    read: ({ loopDelaySeconds }) =>
      loopDelaySeconds === undefined ? undefined : loopDelaySeconds * 1_000,
  },
  { heading: "idle CPU", unit: "share", read: ({ idle }) => idle },
];

export const STANDINGS_HEADINGS: readonly string[] = [
  "system",
  "runs",
  ...COLUMNS.map(({ heading }) => heading),
];

/** Medians of the runs that are not void; of all when every one is, which the second column tells. */
export function standings({ contestants, races }: Contest): readonly (readonly string[])[] {
  return contestants.map((contestant) => {
    const own = races.filter(({ system }) => system === contestant.name);
    const valid = own.filter(({ isVoid }) => !isVoid);
    const shown = valid.length > 0 ? valid : own;
    const cells = COLUMNS.map(({ unit, read }) => {
      const samples = shown.flatMap((race) => read(race) ?? []);
      return samples.length === 0 ? "" : formatValue(median(samples), unit);
    });
    const name = counts(contestant) ? contestant.name : `${contestant.name} (does not count)`;
    return [name, runsCell(own.length, own.length - valid.length), ...cells];
  });
}

const runsCell = (all: number, voided: number) =>
  voided === 0 ? `${all}` : `${all}, ${voided} void`;

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

/** How the contest was held, a line each. */
export function contestNotes(contest: Contest): readonly string[] {
  const { seed, calibration, contestants } = contest;
  const flows = calibration.map(percent).join(", ");
  return [
    `A single flow reached ${flows} of a link, by run; seed of the orders ${seed}.`,
    ...contestants.map((contestant) => {
      const { name, version, aloneShare } = contestant;
      const needed = `, and ${percent(LEAST_ALONE)} are needed to count`;
      const less = counts(contestant) ? "" : needed;
      return `${name} ${version}: alone ${percent(aloneShare)} of the link${less}.`;
    }),
    ...voidSystems(contest).map(
      (name) =>
        `Every race of ${name} was void: the processors were idle less than ${percent(LEAST_IDLE)} of the time. It is in no figure.`,
    ),
  ];
}

/** How each system was run, once, a line each. */
export function settingsNotes(contests: readonly Contest[]): readonly string[] {
  const lines = contests.flatMap(({ contestants }) =>
    contestants.map(({ name, settings }) => `${name}: ${settings}.`),
  );
  return [...new Set(lines)];
}
