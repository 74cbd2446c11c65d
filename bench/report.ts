import type { Machine } from "./machine.ts";
import { median } from "./median.ts";
import type { Figure, Findings, Scenario } from "./scenario.ts";
import { voidSystems } from "./swarms/contest.ts";
import { contestNotes, STANDINGS_HEADINGS, settingsNotes, standings } from "./swarms/standings.ts";
import { formatValue } from "./units.ts";
import { formatGate, verdictOf } from "./verdict.ts";

export type Measured = Findings & { readonly scenario: Pick<Scenario, "name" | "about"> };

export type Report = {
  /** As it was typed, so that it can be typed again. */
  readonly command: string;
  readonly machine: Machine;
  readonly measured: readonly Measured[];
};

export const FIGURE_HEADINGS: readonly string[] = [
  ...["figure", "gate", "measured", "from .. to", "verdict"],
];

export function figureCells(figure: Figure): readonly string[] {
  const { name, unit, samples, gate } = figure;
  const range = [Math.min(...samples), Math.max(...samples)];
  const verdict = verdictOf(figure);
  return [
    name,
    formatGate(gate, unit),
    formatValue(median(samples), unit),
    samples.length > 1 ? range.map((value) => formatValue(value, unit)).join(" .. ") : "",
    verdict === "none" ? "" : verdict,
  ];
}

/** Rows with columns as wide as what stands in them. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return rows.map(line);
}

/** For a terminal: the figures of all scenarios, then the systems that were compared. */
export function tableLines({ measured }: Report): readonly string[] {
  const figures = measured.flatMap((each) => each.figures.map(figureCells));
  const [headings = "", ...lines] = aligned([FIGURE_HEADINGS, ...figures]);
  const sections = measured.flatMap(({ scenario, figures, contest }) => [
    ...["", `${scenario.name}: ${scenario.about}`],
    ...lines.splice(0, figures.length),
    ...(contest === undefined
      ? []
      : [
          ...aligned([STANDINGS_HEADINGS, ...standings(contest)]),
          ...contestNotes(contest).map((note) => `  ${note}`),
        ]),
  ]);
  const settings = settingsNotes(contestsOf(measured));
  return [headings, ...sections, ...(settings.length === 0 ? [] : ["", ...settings])];
}

export const contestsOf = (measured: readonly Measured[]) =>
  measured.flatMap(({ contest }) => contest ?? []);

/** What is not as it should be, in a sentence each: figures that miss their gates, and systems that were not measured. */
export const misses = ({ measured }: Report): readonly string[] =>
  measured.flatMap(({ scenario: { name }, figures, contest }) => [
    ...figures
      .filter((figure) => verdictOf(figure) === "miss")
      .map((figure) => `${name}: missed: ${figure.name}`),
    ...(contest === undefined ? [] : voidSystems(contest)).map(
      (system) => `${name}: every race of ${system} was void`,
    ),
  ]);
