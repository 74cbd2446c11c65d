import { createLogger, shutdownSignal, systemClock, version } from "../../runtime/index.ts";
import { clean } from "./clean.ts";
import { HELP, type HelperConfig, parseCommandLine, type Request } from "./helper-config.ts";
import { serve } from "./serve.ts";

// The entry of oci-torrent-runtime: reads the command line, does what it says, and turns failures into one sentence and a code.

const NAME = "oci-torrent-runtime";

async function fulfil(request: Request): Promise<number> {
  switch (request.kind) {
    case "help":
      process.stdout.write(HELP);
      return 0;
    case "version":
      process.stdout.write(`${NAME} ${version}\n`);
      return 0;
    case "usage":
      for (const problem of request.problems) complain(problem);
      process.stderr.write(`\`${NAME} --help\` shows what can be said\n`);
      return 2;
    case "serve":
      return await run(serve, request.config);
    case "clean":
      return await run(clean, request.config);
  }
}

const complain = (sentence: string): void => {
  process.stderr.write(`[${NAME}] ${sentence}\n`);
};

async function run(act: typeof serve, config: HelperConfig): Promise<number> {
  const log = createLogger({ level: config.logLevel, stream: process.stderr, clock: systemClock });
  const signal = shutdownSignal(process);
  // A defect must not leave a helper that looks alive: it says why and ends, and whoever supervises it starts it anew.
  process.on("uncaughtException", (error) => {
    log.error("ended by a defect", { error: error.stack ?? String(error) });
    process.exit(70);
  });
  log.info("starting", { version, node: process.version });
  await act(config, log, signal);
  log.info("stopped");
  return 0;
}

try {
  process.exitCode = await fulfil(parseCommandLine(process.argv.slice(2)));
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
