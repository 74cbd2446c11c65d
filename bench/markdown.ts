import { machineLines } from "./machine.ts";
import { contestsOf, FIGURE_HEADINGS, figureCells, type Measured, type Report } from "./report.ts";
import { hasRivals } from "./swarms/contest.ts";
import { contestNotes, STANDINGS_HEADINGS, settingsNotes, standings } from "./swarms/standings.ts";
import { triedFor } from "./tried.ts";

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

const table = (headings: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(headings), row(headings.map(() => "---")), ...rows.map(row)].join("\n");

const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");

function section(measured: Measured): string {
  const { scenario, figures, contest } = measured;
  const tried = triedFor(measured);
  const { name, about } = scenario;
  return [
    `## ${name}`,
    `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    ...(figures.length === 0 ? [] : [table(FIGURE_HEADINGS, figures.map(figureCells))]),
    ...(tried.length === 0 ? [] : [list(tried)]),
    ...(contest === undefined
      ? []
      : [
          ...(hasRivals(contest) ? [`![${name}](${plotPath(name)})`] : []),
          table(STANDINGS_HEADINGS, standings(contest)),
          list(contestNotes(contest)),
        ]),
  ].join("\n\n");
}

/** From bench/. */
export const plotPath = (scenario: string): string => `plots/${scenario}.svg`;

const provenance = ({ command, machine }: Report) =>
  list([`\`${command}\``, ...machineLines(machine)]);

/** The whole of bench/RESULTS.md, of reports that may come from different commands. */
export function markdown(reports: readonly Report[]): string {
  const settings = settingsNotes(contestsOf(reports.flatMap(({ measured }) => measured)));
  return `${[
    "# What the benchmarks measured",
    "Written by the commands below, each with the machine that it ran on; do not edit. Absolute figures are this machine's; ratios are taken within one run. How systems are compared, and why so: [docs/adr/0006](../docs/adr/0006-how-we-compare.md).",
    ...reports.flatMap((report) => [provenance(report), ...report.measured.map(section)]),
    ...(settings.length === 0 ? [] : ["## How the systems were run", list(settings)]),
  ].join("\n\n")}\n`;
}
