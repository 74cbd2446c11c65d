import { createLogger, type Log, shutdownSignal, systemClock, version } from "../runtime/index.ts";
import { readConfigBytes } from "../settings/index.ts";
import type { AgentConfig, DaemonConfig, TrackerConfig } from "./config/daemon-config.ts";
import { parseCommandLine, type Request } from "./config/parse.ts";
import { writePidfile } from "./pidfile.ts";
import { lockRoot } from "./root-lock.ts";

// The entry of oci-torrentd: reads the command line, does what it says, and turns failures into one sentence and a code.

const readRequest = (): Request =>
  parseCommandLine(process.argv.slice(2), {
    env: process.env,
    uid: process.getuid?.() ?? 1,
    cwd: process.cwd(),
    readFile: readConfigBytes,
  });

async function fulfil(request: Request): Promise<number> {
  switch (request.kind) {
    case "help":
    case "configDefault":
      process.stdout.write(request.text);
      return 0;
    case "version":
      process.stdout.write(`oci-torrentd ${version}\n`);
      return 0;
    case "configCheck":
      for (const problem of request.problems) complain(problem);
      if (request.problems.length > 0) return 1;
      process.stdout.write(`${request.file}: no mistakes\n`);
      return 0;
    case "usage":
      for (const problem of request.problems) complain(problem);
      process.stderr.write("`oci-torrentd --help` shows what can be said\n");
      return 2;
    case "init-data": {
      const { initData } = await import("./init-data.ts");
      await initData(request.rootDir, request.owner);
      return 0;
    }
    case "tracker":
    case "agent":
    case "daemon":
      return await serve(request);
  }
}

const complain = (sentence: string): void => {
  process.stderr.write(`[oci-torrentd] ${sentence}\n`);
};

async function serve(request: Request & { kind: "tracker" | "agent" | "daemon" }): Promise<number> {
  const { config } = request;
  const log = createLogger({ level: config.logLevel, stream: process.stderr, clock: systemClock });
  const signal = shutdownSignal(process);
  dieLoudly(log);
  const removePidfile = await writePidfile(config.pidfile);
  try {
    log.info("starting", { version, node: process.version });
    if (request.kind === "tracker") await serveTracker(request.config, log, signal);
    else if (request.kind === "agent") await serveAgent(request.config, log, signal);
    else await serveDaemon(request.config, log, signal);
    log.info("stopped");
    return 0;
  } finally {
    await removePidfile();
  }
}

async function serveTracker(config: TrackerConfig, log: Log, signal: AbortSignal): Promise<void> {
  const { runTrackerDaemon } = await import("./tracker-daemon.ts");
  await runTrackerDaemon(config, log, signal);
}

async function serveDaemon(config: DaemonConfig, log: Log, signal: AbortSignal): Promise<void> {
  const { createDaemon } = await import("./daemon.ts");
  const unlockRoot = await lockRoot(config.rootDir);
  try {
    const daemon = await createDaemon(config, log);
    process.on("SIGHUP", () => reload(daemon.setRates, log));
    await daemon.run(signal);
  } finally {
    unlockRoot();
  }
}

async function serveAgent(config: AgentConfig, log: Log, signal: AbortSignal): Promise<void> {
  const { runAgent } = await import("./cluster/agent.ts");
  const unlockRoot = await lockRoot(config.rootDir);
  try {
    await runAgent(config, log, signal);
  } finally {
    unlockRoot();
  }
}

/** Rates are what can change while transfers run; everything else needs a restart. */
function reload(setRates: (rates: DaemonConfig["rates"]) => void, log: Log): void {
  const request = readRequest();
  if (request.kind !== "daemon") {
    const problems = request.kind === "usage" ? request.problems : [];
    log.error("configuration not read again, it has mistakes", { problems: problems.join("; ") });
    return;
  }
  setRates(request.config.rates);
  log.info("rates read again", request.config.rates);
}

/** A defect must not leave a daemon that looks alive: it says why and ends, and whoever supervises it starts it anew. */
function dieLoudly(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.error("ended by a defect", { error: error.stack ?? String(error) });
    process.exit(70);
  });
}

try {
  process.exitCode = await fulfil(readRequest());
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
