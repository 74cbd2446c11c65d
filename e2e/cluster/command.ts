// npm run cluster -- up|down|shell: a cluster for a person, like those that the tests have.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { buildAll, CONTROL_PLANE } from "../../tools/go-programs.ts";
import { TOP } from "../../tools/top.ts";
import type { Scope } from "../support/at-end.ts";
import type { Exit } from "../support/processes.ts";
import { nodeProgram, type Program } from "../support/programs.ts";
import { runInTerminal, startInBackground } from "../support/terminal.ts";
import { anOwnCluster, CONSENT_NAMESPACE } from "./cluster.ts";
import { controlPlaneProgram } from "./programs.ts";
import { until } from "./until.ts";

const UP_TIMEOUT_MS = 120_000;
const DOWN_TIMEOUT_MS = 30_000;
const SCRIPT = join(TOP, "e2e/cluster/command.ts");

const DIRECTORY = join(
  process.env["XDG_STATE_HOME"] || join(homedir(), ".local/state"),
  "oci-torrent/cluster",
);
const STATE_FILE = join(DIRECTORY, "state.json");
const LOG_FILE = join(DIRECTORY, "log");

/** A cluster that is up, and the process that holds it. */
type State = { readonly pid: number; readonly kubeconfig: string };

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The cluster that is up. What a process that was killed has left counts for nothing. */
function runningState(): State | undefined {
  const text = readText(STATE_FILE);
  if (text === undefined) return undefined;
  const state = JSON.parse(text) as State;
  return holds(state.pid) ? state : undefined;
}

const holds = (pid: number) => readText(`/proc/${pid}/cmdline`)?.includes(SCRIPT) === true;

/** Gives `act` a scope of its own, and ends what was begun in it. */
async function inScope<Result>(act: (scope: Scope) => Promise<Result>): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  return await act({ after: (end) => stack.defer(end) });
}

async function start(scope: Scope): Promise<State> {
  const { kubeconfig, kubectl } = await anOwnCluster(scope);
  await kubectl(["create", "namespace", CONSENT_NAMESPACE]);
  return { pid: process.pid, kubeconfig };
}

/** Holds a cluster until it is asked to end. */
async function hold(): Promise<void> {
  const asked = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => asked.resolve());
  await inScope(async (scope) => {
    const unfinished = `${STATE_FILE}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(await start(scope)));
    renameSync(unfinished, STATE_FILE);
    await asked.promise;
  });
  rmSync(DIRECTORY, { recursive: true, force: true });
}

const build = () => buildAll([CONTROL_PLANE]);

const programDirectory = () => dirname(controlPlaneProgram("kubectl"));

async function startHolder(): Promise<State> {
  mkdirSync(DIRECTORY, { recursive: true });
  rmSync(LOG_FILE, { force: true });
  const holder = startInBackground(nodeProgram, [SCRIPT, "hold"], LOG_FILE);
  let ended: Exit | undefined;
  void holder.exit.then((exit) => {
    ended = exit;
  });
  return await until("the cluster is up", UP_TIMEOUT_MS, async () => {
    if (ended !== undefined) throw new Error(`the cluster did not start:\n${readText(LOG_FILE)}`);
    return runningState();
  });
}

async function up(): Promise<void> {
  build();
  const { kubeconfig } = runningState() ?? (await startHolder());
  console.log(`export KUBECONFIG=${kubeconfig}\nexport PATH=${programDirectory()}:$PATH`);
}

async function down(): Promise<void> {
  const state = runningState();
  if (state === undefined) return console.log("no cluster is up");
  process.kill(state.pid, "SIGTERM");
  await until("the cluster is gone", DOWN_TIMEOUT_MS, async () =>
    holds(state.pid) ? undefined : true,
  );
}

async function shell(): Promise<void> {
  build();
  const { code } = await inScope(async (scope) => {
    const { kubeconfig } = runningState() ?? (await start(scope));
    const path = [programDirectory(), process.env["PATH"]].join(delimiter);
    const program = (process.env["SHELL"] || "/bin/sh") as Program;
    return await runInTerminal(program, [], { KUBECONFIG: kubeconfig, PATH: path });
  });
  process.exitCode = code ?? 1;
}

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = { up, down, shell, hold };

async function main([name = "", ...rest]: readonly string[]): Promise<void> {
  const command = COMMANDS[name];
  if (command === undefined || rest.length > 0) {
    console.error("usage: npm run cluster -- up|down|shell");
    process.exitCode = 2;
    return;
  }
  await command().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

await main(process.argv.slice(2));
