import { type Machine, machineLines } from "./machine.ts";
import { median } from "./median.ts";
import type { Figure, Scenario } from "./scenario.ts";
import { formatValue } from "./units.ts";
import { formatGate, verdictOf } from "./verdict.ts";

export type Measured = {
  readonly scenario: Pick<Scenario, "name" | "about">;
  readonly figures: readonly Figure[];
};

export type Report = {
  /** As it was typed, so that it can be typed again. */
  readonly command: string;
  readonly machine: Machine;
  readonly measured: readonly Measured[];
};

const HEADINGS = ["figure", "gate", "measured", "from .. to", "verdict"] as const;

function cellsOf(figure: Figure): readonly string[] {
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

/** For a terminal: columns as wide as what stands in them. */
export function tableLines({ measured }: Report): readonly string[] {
  const sections = measured.map(({ scenario, figures }) => ({
    title: `${scenario.name}: ${scenario.about}`,
    rows: figures.map(cellsOf),
  }));
  const rows = [HEADINGS, ...sections.flatMap((section) => section.rows)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return [line(HEADINGS), ...sections.flatMap(({ title, rows }) => ["", title, ...rows.map(line)])];
}

/** One JSON text a figure, the machine first. */
export function jsonLines({ command, machine, measured }: Report): readonly string[] {
  const figures = measured.flatMap(({ scenario, figures }) =>
    figures.map((figure) => ({
      scenario: scenario.name,
      ...figure,
      median: median(figure.samples),
      verdict: verdictOf(figure),
    })),
  );
  return [{ command, machine }, ...figures].map((value) => JSON.stringify(value));
}

/** The whole of bench/RESULTS.md. */
export function markdown({ command, machine, measured }: Report): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const sections = measured.map(({ scenario, figures }) =>
    [
      `## ${scenario.name}`,
      `${scenario.about[0]?.toUpperCase()}${scenario.about.slice(1)}.`,
      [
        row(HEADINGS),
        row(HEADINGS.map(() => "---")),
        ...figures.map((figure) => row(cellsOf(figure))),
      ].join("\n"),
    ].join("\n\n"),
  );
  return `${[
    "# What the benchmarks measured",
    `Written by \`${command}\`; do not edit. Absolute figures are this machine's; ratios are taken within one run.`,
    machineLines(machine)
      .map((line) => `- ${line}`)
      .join("\n"),
    ...sections,
  ].join("\n\n")}\n`;
}

/** Figures that miss their gates, as scenario and name. */
export const misses = ({ measured }: Report): readonly string[] =>
  measured.flatMap(({ scenario, figures }) =>
    figures
      .filter((figure) => verdictOf(figure) === "miss")
      .map((figure) => `${scenario.name}: ${figure.name}`),
  );
