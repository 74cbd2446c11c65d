// Measures speed and memory against programs that do the same work in the same run, and says which bounds are kept.
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { lacking } from "../e2e/support/programs.ts";
import { build } from "../tools/build.ts";
import { type Arguments, help, type Known, MOST_SEED, parseArguments } from "./arguments.ts";
import { jsonLines } from "./json-lines.ts";
import { leaveNothingBehind } from "./leave-nothing.ts";
import { describeMachine } from "./machine.ts";
import { type Measured, misses, type Report, tableLines } from "./report.ts";
import { writeResults } from "./results.ts";
import type { Scenario } from "./scenario.ts";
import { agentIdleScenario } from "./scenarios/agent-idle.ts";
import { agentsScenario } from "./scenarios/agents.ts";
import { applyScenario } from "./scenarios/apply.ts";
import { courseScenario } from "./scenarios/course.ts";
import { dedupScenario } from "./scenarios/dedup.ts";
import { distributionsScenario } from "./scenarios/distributions.ts";
import { fetchScenario } from "./scenarios/fetch.ts";
import { idleScenario } from "./scenarios/idle.ts";
import { largeScenario } from "./scenarios/large.ts";
import { loadScenario } from "./scenarios/load.ts";
import { loopbackScenario } from "./scenarios/loopback.ts";
import { mirrorScenario } from "./scenarios/mirror.ts";
import { startupScenario } from "./scenarios/startup.ts";
import { swarmScenario } from "./scenarios/swarm.ts";
import { trackerScenario } from "./scenarios/tracker.ts";
import { COURSES } from "./swarms/courses.ts";
import { SYSTEMS } from "./swarms/systems.ts";

const SCENARIOS: readonly Scenario[] = [
  fetchScenario,
  dedupScenario,
  startupScenario,
  idleScenario,
  loopbackScenario,
  loadScenario,
  mirrorScenario,
  applyScenario,
  largeScenario,
  trackerScenario,
  agentsScenario,
  distributionsScenario,
  agentIdleScenario,
  swarmScenario,
  ...COURSES.map(courseScenario),
];
const NAMES = SCENARIOS.map(({ name }) => name);
const KNOWN: Known = {
  scenarios: NAMES,
  all: NAMES.filter((name) => name !== "smoke"),
  usual: ["fetch", "dedup", "startup", "swarm", "g1", "g2"],
  systems: SYSTEMS.map(({ name }) => name),
};
const COMPARED_PROGRAMS = ["skopeo", "docker-registry"];

const tell = (line: string): void => console.error(`[bench] ${line}`);

async function measureAll(scenarios: readonly Scenario[], options: Arguments): Promise<Measured[]> {
  const { seed = randomInt(MOST_SEED), ...others } = options;
  const measured: Measured[] = [];
  for (const scenario of scenarios) {
    tell(`${scenario.name}: ${scenario.about} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
    const findings = await scenario.measure({
      ...others,
      seed,
      tell: (line) => tell(`${scenario.name}: ${line}`),
    });
    measured.push({ scenario, ...findings });
  }
  return measured;
}

function publish(report: Report, { jsonFile, write }: Arguments): void {
  const lines = jsonLines(report);
  console.log(`${tableLines(report).join("\n")}\n\n${lines.join("\n")}`);
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${lines.join("\n")}\n`);
  if (write) writeResults([report]);
}

const typedCommand = () => {
  const flags = process.argv.slice(2);
  return ["npm run bench", ...(flags.length > 0 ? ["--"] : []), ...flags].join(" ");
};

async function bench(args: Arguments): Promise<number> {
  const scenarios = SCENARIOS.filter(({ name }) => args.scenarios.includes(name));
  const needs = [...new Set(scenarios.flatMap((scenario) => scenario.needs(args.systems)))];
  const lack = lacking(...needs);
  if (lack !== false) {
    const asRoot = "as root, run `node tools/run.mjs tools/set-up.ts` and then this";
    console.error(`[bench] ${args.scenarios.join(", ")}: ${lack}: ${asRoot}`);
    return 1;
  }
  await build();
  const compared = COMPARED_PROGRAMS.filter((name) => needs.includes(name));
  const machine = await describeMachine(compared);
  const measured = await measureAll(scenarios, args);
  const report = { command: typedCommand(), machine, measured };
  publish(report, args);
  const missed = misses(report);
  for (const sentence of missed) tell(sentence);
  return missed.length > 0 ? 1 : 0;
}

leaveNothingBehind();
const request = parseArguments(process.argv.slice(2), KNOWN);
switch (request.kind) {
  case "help":
    process.stdout.write(help(KNOWN));
    break;
  case "usage":
    for (const problem of request.problems) console.error(`[bench] ${problem}`);
    process.exitCode = 2;
    break;
  case "run":
    process.exitCode = await bench(request.arguments);
}
