import { setFlagsFromString } from "node:v8";
import { createLogger, shutdownSignal, systemClock, version } from "../runtime/index.ts";
import { readConfigBytes } from "../settings/index.ts";
import { type ControllerConfig, parseCommandLine, type Request } from "./config/parse.ts";

// The entry of oci-torrent-controller: reads the command line, does what it says, and turns failures into one sentence and a code.

const NAME = "oci-torrent-controller";
/** Kubernetes kills a pod 30 s after it has asked it to end; whoever waits for the lead should not wait so long. */
const DRAIN_MS = 10_000;

async function fulfil(request: Request): Promise<number> {
  switch (request.kind) {
    case "help":
      process.stdout.write(request.text);
      return 0;
    case "version":
      process.stdout.write(`${NAME} ${version}\n`);
      return 0;
    case "usage":
      for (const problem of request.problems) complain(problem);
      process.stderr.write(`\`${NAME} --help\` shows what can be said\n`);
      return 2;
    case "controller":
      return await serve(request.config);
  }
}

// Most of what a thousand agents say is garbage soon: collecting it early costs a little time, and keeps memory lower.
setFlagsFromString("--heap-growing-percent=25");

const complain = (sentence: string): void => {
  process.stderr.write(`[${NAME}] ${sentence}\n`);
};

async function serve(config: ControllerConfig): Promise<number> {
  const log = createLogger({ level: config.logLevel, stream: process.stderr, clock: systemClock });
  const signal = shutdownSignal(process);
  // A defect must not leave a controller that looks alive: it says why and ends, and whoever supervises it starts it anew.
  process.on("uncaughtException", (error) => {
    log.error("ended by a defect", { error: error.stack ?? String(error) });
    process.exit(70);
  });
  signal.addEventListener("abort", () => setTimeout(() => process.exit(1), DRAIN_MS).unref());
  log.info("starting", { version, node: process.version });
  const { runController } = await import("./controller.ts");
  await runController(config, log, signal);
  log.info("stopped");
  return 0;
}

try {
  const { env } = process;
  const around = { env, cwd: process.cwd(), readFile: readConfigBytes };
  process.exitCode = await fulfil(parseCommandLine(process.argv.slice(2), around));
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
