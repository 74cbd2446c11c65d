// Swarms of the engine's core on a network in memory: how long the last node takes, and what left origin and registry.
import { writeFileSync } from "node:fs";
import { jsonLines } from "../json-lines.ts";
import { describeMachine } from "../machine.ts";
import { type Measured, misses, tableLines } from "../report.ts";
import { type Arguments, help, parseArguments } from "./arguments.ts";
import { figuresOf } from "./run-course.ts";

const tell = (line: string): void => console.error(`[sim] ${line}`);

const typedCommand = () => {
  const args = process.argv.slice(2);
  return ["npm run sim", ...(args.length > 0 ? ["--"] : []), ...args].join(" ");
};

async function simulate({ courses, seeds, jsonFile }: Arguments): Promise<number> {
  const measured: Measured[] = courses.map((course) => {
    tell(`${course.name}: ${course.about}`);
    return { scenario: course, figures: figuresOf(course, seeds) };
  });
  const report = { command: typedCommand(), machine: await describeMachine([]), measured };
  console.log(tableLines(report).join("\n"));
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${jsonLines(report).join("\n")}\n`);
  const missed = misses(report);
  for (const sentence of missed) tell(sentence);
  return missed.length > 0 ? 1 : 0;
}

const request = parseArguments(process.argv.slice(2));
switch (request.kind) {
  case "help":
    process.stdout.write(help);
    break;
  case "usage":
    for (const problem of request.problems) console.error(`[sim] ${problem}`);
    process.exitCode = 2;
    break;
  case "run":
    process.exitCode = await simulate(request.arguments);
}
