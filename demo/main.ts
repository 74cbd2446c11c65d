// The main job in one command: images from a registry to many nodes, of which only one asks the registry.
import { constants } from "node:os";
import { HELP, parseArguments } from "./arguments.ts";
import { DemoError } from "./demo-error.ts";
import { runDemo } from "./run-demo.ts";

class Interrupted extends Error {
  readonly code: number;
  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    super(`stopped by ${signal}`);
    this.code = 128 + constants.signals[signal];
  }
}

/** Ctrl-C can arrive more than once, from the terminal and from npm: only the first one counts. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => controller.abort(new Interrupted(name)));
  }
  return controller.signal;
}

function exitCodeOf(error: unknown): number {
  const isExpected = error instanceof DemoError || error instanceof Interrupted;
  console.error(`[demo] ${isExpected ? error.message : (error as Error).stack}`);
  return error instanceof Interrupted ? error.code : 1;
}

const request = parseArguments(process.argv.slice(2));
switch (request.kind) {
  case "help":
    process.stdout.write(HELP);
    break;
  case "usage":
    console.error(`[demo] ${request.problem}; \`npm run demo -- --help\` shows what can be said`);
    process.exitCode = 2;
    break;
  case "run":
    process.exitCode = await runDemo(request.options, stopSignal()).then(() => 0, exitCodeOf);
}
