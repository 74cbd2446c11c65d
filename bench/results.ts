import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TOP } from "../tools/top.ts";
import { markdown, plotPath } from "./markdown.ts";
import { median } from "./median.ts";
import { type Bar, drawBars } from "./plot.ts";
import type { Measured, Report } from "./report.ts";
import { type Contest, hasRivals, isOurs, validRaces } from "./swarms/contest.ts";
import { boundSeconds, makespan } from "./swarms/course-race.ts";

const BENCH = join(TOP, "bench");

/** Writes bench/RESULTS.md and a plot for each contest with rivals. */
export function writeResults(reports: readonly Report[]): void {
  writeFileSync(join(BENCH, "RESULTS.md"), markdown(reports));
  for (const { scenario, contest } of reports.flatMap(({ measured }) => measured)) {
    if (contest === undefined || !hasRivals(contest)) continue;
    const path = join(BENCH, plotPath(scenario.name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, drawContest(scenario, contest));
  }
}

/** Systems by the median of how long the last node took, over the bound. */
export function drawContest({ about }: Measured["scenario"], contest: Contest): string {
  const races = validRaces(contest);
  const bars = contest.contestants.flatMap(({ name }): Bar[] => {
    const ratios = races
      .filter(({ system }) => system === name)
      .map((race) => makespan(race) / boundSeconds(race));
    if (ratios.length === 0) return [];
    const value = median(ratios);
    return [{ label: name, value, text: `${value.toFixed(2)} x`, isOurs: isOurs(name) }];
  });
  const mark = { value: 1, label: "bound: the image over one link, once" };
  return drawBars({ title: `Until the last node has it: ${about}`, bars, mark });
}
