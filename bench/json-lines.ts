// A report as JSON lines, and back.
import type { Machine } from "./machine.ts";
import { median } from "./median.ts";
import type { Measured, Report } from "./report.ts";
import type { Figure } from "./scenario.ts";
import type { Contest } from "./swarms/contest.ts";
import { boundSeconds, type CourseRace, makespan } from "./swarms/course-race.ts";
import { verdictOf } from "./verdict.ts";

type Line =
  | { readonly line: "machine"; readonly command: string; readonly machine: Machine }
  | ({ readonly line: "scenario"; readonly name: string; readonly about: string } & (
      | { readonly contest: undefined }
      | { readonly contest: Omit<Contest, "races"> }
    ))
  | ({ readonly line: "figure" } & Figure)
  | ({ readonly line: "race" } & CourseRace);

/** The machine, then scenario by scenario each figure and each race, with what follows from them. */
export function jsonLines({ command, machine, measured }: Report): readonly string[] {
  const lines = measured.flatMap(({ scenario, figures, contest }) => {
    const { races = [], ...held } = contest ?? {};
    const { name, about } = scenario;
    return [
      { line: "scenario", name, about, ...(contest && { contest: held }) },
      ...figures.map((figure) => ({
        ...{ line: "figure", scenario: name },
        ...figure,
        ...{ median: median(figure.samples), verdict: verdictOf(figure) },
      })),
      ...races.map((race) => ({
        ...{ line: "race", scenario: name },
        ...race,
        ...{ makespanSeconds: makespan(race), boundSeconds: boundSeconds(race) },
      })),
    ];
  });
  return [{ line: "machine", command, machine }, ...lines].map((value) => JSON.stringify(value));
}

type Growing = { -readonly [Key in keyof Measured]: Measured[Key] };

/** Reads what `jsonLines` wrote; throws when it is something else. */
export function parseReport(text: string): Report {
  const [first, ...others] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
  if (first?.line !== "machine") throw new Error("not the JSON lines of a benchmark: no machine");
  const measured: Growing[] = [];
  for (const line of others) add(measured, line);
  return { command: first.command, machine: first.machine, measured };
}

function add(measured: Growing[], line: Line): void {
  if (line.line === "scenario") {
    const { name, about, contest } = line;
    const held = contest === undefined ? {} : { contest: { ...contest, races: [] } };
    measured.push({ scenario: { name, about }, figures: [], ...held });
    return;
  }
  const current = measured.at(-1);
  if (current === undefined) throw new Error(`a ${line.line} before any scenario`);
  if (line.line === "figure") current.figures = [...current.figures, line];
  else if (line.line === "race" && current.contest !== undefined) {
    current.contest = { ...current.contest, races: [...current.contest.races, line] };
  } else throw new Error(`a ${line.line} where none may be`);
}
