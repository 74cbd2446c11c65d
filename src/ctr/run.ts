import { chooseAddress } from "./address.ts";
import { exportImage, importImage } from "./commands/archive.ts";
import { explain } from "./commands/explain.ts";
import { list } from "./commands/list.ts";
import { remove } from "./commands/remove.ts";
import { resolveImage } from "./commands/resolve.ts";
import { start } from "./commands/start.ts";
import { status } from "./commands/status.ts";
import { stop } from "./commands/stop.ts";
import { torrent } from "./commands/torrent.ts";
import { verify } from "./commands/verify.ts";
import { nobodyToAsk, version, versions } from "./commands/version.ts";
import { type Daemon, openDaemon } from "./daemon.ts";
import type { CommandDeps, CtrDeps } from "./deps.ts";
import { EXIT, type ExitCode, explainFailure } from "./errors.ts";
import type { GlobalFlags, Invocation } from "./invocation.ts";
import { printable } from "./printable.ts";
import { parseArguments } from "./program.ts";
import { timeLimit } from "./time-limit.ts";
import { readTls } from "./tls-files.ts";

/** Does what the arguments behind the program's name ask for; resolves with the exit code and throws nothing. */
export async function runCtr(argv: readonly string[], deps: CtrDeps): Promise<ExitCode> {
  try {
    const columns = deps.stdout.columns ?? 80;
    const parsed = parseArguments(argv, { version: deps.version, columns });
    if (parsed.do === "run") return await runCommand(parsed.invocation, parsed.flags, deps);
    deps.stdout.write(parsed.text);
    return EXIT.ok;
  } catch (error) {
    const { sentence, exitCode } = explainFailure(error);
    complain(deps, sentence);
    return exitCode;
  }
}

function complain(deps: CtrDeps, sentence: string): void {
  deps.stderr.write(`[ctr] ${printable(sentence)}\n`);
}

async function runCommand(
  invocation: Invocation,
  flags: GlobalFlags,
  deps: CtrDeps,
): Promise<ExitCode> {
  const choice = chooseAddress(flags.address, deps.env, deps.uid);
  if (invocation.command === "version" && nobodyToAsk(choice)) return version(deps);
  const limit = timeLimit(flags.timeoutMs);
  const signal = AbortSignal.any([deps.interrupted, limit.signal]);
  let daemon: Daemon | undefined;
  try {
    daemon = await openDaemon(choice, await readTls(flags), signal);
    const warn = (sentence: string) => complain(deps, sentence);
    return await dispatch(invocation, { ...deps, daemon, signal, warn });
  } finally {
    limit.cancel();
    daemon?.close();
  }
}

async function dispatch(invocation: Invocation, deps: CommandDeps): Promise<ExitCode> {
  switch (invocation.command) {
    case "start":
      return await start(invocation, deps);
    case "status":
      return await status(invocation, deps);
    case "explain":
      return await explain(invocation, deps);
    case "stop":
      return await stop(invocation, deps);
    case "remove":
      return await remove(invocation, deps);
    case "list":
      return await list(invocation, deps);
    case "resolve":
      return await resolveImage(invocation, deps);
    case "verify":
      return await verify(invocation, deps);
    case "import":
      return await importImage(invocation, deps);
    case "export":
      return await exportImage(invocation, deps);
    case "torrent":
      return await torrent(invocation, deps);
    case "version":
      return await versions(deps);
    default:
      return invocation satisfies never;
  }
}
