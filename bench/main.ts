// Measures speed and memory against programs that do the same work in the same run, and says which bounds are kept.
import { writeFileSync } from "node:fs";
import { constants, loadavg } from "node:os";
import { join } from "node:path";
import { lacking } from "../e2e/support/programs.ts";
import { build } from "../tools/build.ts";
import { clearLeftovers, findLeftovers, RUN_VARIABLE } from "../tools/leftovers.ts";
import { TOP } from "../tools/top.ts";
import { type Arguments, help, parseArguments } from "./arguments.ts";
import { describeMachine } from "./machine.ts";
import { jsonLines, type Measured, markdown, misses, type Report, tableLines } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { dedupScenario } from "./scenarios/dedup.ts";
import { fetchScenario } from "./scenarios/fetch.ts";
import { startupScenario } from "./scenarios/startup.ts";
import { swarmScenario } from "./scenarios/swarm.ts";

const SCENARIOS: readonly Scenario[] = [
  fetchScenario,
  dedupScenario,
  startupScenario,
  swarmScenario,
];
const NAMES = SCENARIOS.map(({ name }) => name);
const RESULTS = join(TOP, "bench/RESULTS.md");
const COMPARED_PROGRAMS = ["skopeo", "docker-registry"];

const tell = (line: string): void => console.error(`[bench] ${line}`);

/** Processes and directories of this run bear its name. */
const runName = `bench-${process.pid}`;
process.env[RUN_VARIABLE] = runName;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    clearLeftovers(findOthers());
    process.exit(128 + constants.signals[signal]);
  });
}

function findOthers() {
  const { processes, directories } = findLeftovers(runName);
  return { processes: processes.filter(({ pid }) => pid !== process.pid), directories };
}

async function measureAll(scenarios: readonly Scenario[], options: Arguments): Promise<Measured[]> {
  const { runs, layerBytes } = options;
  const measured: Measured[] = [];
  for (const scenario of scenarios) {
    tell(`${scenario.name}: ${scenario.about} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
    const figures = await scenario.measure({
      runs,
      layerBytes,
      tell: (line) => tell(`${scenario.name}: ${line}`),
    });
    measured.push({ scenario, figures });
  }
  return measured;
}

function publish(report: Report, { jsonFile, write }: Arguments): void {
  const lines = jsonLines(report);
  console.log(`${tableLines(report).join("\n")}\n\n${lines.join("\n")}`);
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${lines.join("\n")}\n`);
  if (write) writeFileSync(RESULTS, markdown(report));
}

async function bench(args: Arguments): Promise<number> {
  const scenarios = SCENARIOS.filter(
    ({ name }) => args.scenarios.length === 0 || args.scenarios.includes(name),
  );
  const needs = [...new Set(scenarios.flatMap((scenario) => scenario.needs))];
  const lack = lacking(...needs);
  if (lack !== false) {
    console.error(`[bench] ${lack}: run \`node tools/run.mjs tools/set-up.ts\` as root`);
    return 1;
  }
  await build();
  const compared = COMPARED_PROGRAMS.filter((name) => needs.includes(name));
  const machine = await describeMachine(compared);
  const measured = await measureAll(scenarios, args);
  const command = [
    "npm run bench",
    ...(process.argv.length > 2 ? ["--"] : []),
    ...process.argv.slice(2),
  ];
  const report = { command: command.join(" "), machine, measured };
  publish(report, args);
  const missed = misses(report);
  for (const figure of missed) console.error(`[bench] missed: ${figure}`);
  return missed.length > 0 ? 1 : 0;
}

const request = parseArguments(process.argv.slice(2), NAMES);
switch (request.kind) {
  case "help":
    process.stdout.write(help(NAMES));
    break;
  case "usage":
    for (const problem of request.problems) console.error(`[bench] ${problem}`);
    process.exitCode = 2;
    break;
  case "run":
    process.exitCode = await bench(request.arguments);
}
