import type { Machine } from "../machine.ts";
import type { Contest } from "../swarms/contest.ts";
import type { CourseRace } from "../swarms/course-race.ts";

export const aMachine: Machine = {
  processor: "A Processor",
  cores: 2,
  memoryBytes: 2 ** 34,
  system: "Debian",
  kernel: "6.1",
  programs: { node: "24.0.0" },
  load: 0,
  idle: 1,
};

/** 100 MB over links of 100 Mbit/s, so that the bound is eight seconds. */
export const aRace = (changes: Partial<CourseRace> = {}): CourseRace => ({
  ...{ run: 1, system: "ours", megabits: 100, isVoid: false },
  ...{ nodeSeconds: [8, 9], imageBytes: 100e6, registryBytes: 0, originBytes: 110e6 },
  ...{ nodeCpuSeconds: [0.5, 0.7], peakRssBytes: 90e6, connections: 9, idle: 0.5 },
  ...{ bestReceived: 12e6, bestSent: 12e6 },
  ...changes,
});

/** Seconds of the last node by run, of each system. */
export function aContest(
  makespans: Readonly<Record<string, readonly number[]>>,
  { voids = [] }: { readonly voids?: readonly string[] } = {},
): Contest {
  const entries = Object.entries(makespans);
  const contestant = { version: "1.2.3", settings: "as it is", aloneShare: 0.99 };
  return {
    seed: 7,
    calibration: [0.98],
    contestants: entries.map(([name]) => ({ name, ...contestant })),
    races: entries.flatMap(([system, seconds]) =>
      seconds.map((last, index) => {
        const isVoid = voids.includes(system);
        return aRace({ run: index + 1, system, nodeSeconds: [last / 2, last], isVoid });
      }),
    ),
  };
}
