// npm run cluster -- up|down|shell: a cluster for a person, like those that the tests have; with --nodes N, one that runs pods.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { CONSENT_NAMESPACE } from "../../tools/given-cluster.ts";
import { buildAll, CONTROL_PLANE, GO_MODULES } from "../../tools/go-programs.ts";
import { TOP } from "../../tools/top.ts";
import { lackingNodes, numberedNodes, REGISTRY, startNodeCluster } from "../nodes/cluster.ts";
import type { Scope } from "../support/at-end.ts";
import { forward } from "../support/forward.ts";
import { goProgram } from "../support/go-programs.ts";
import type { Exit } from "../support/processes.ts";
import { nodeProgram, type Program } from "../support/programs.ts";
import { runInTerminal, startInBackground } from "../support/terminal.ts";
import { anOwnCluster } from "./cluster.ts";
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
type State = {
  readonly pid: number;
  readonly nodes: number;
  readonly kubeconfig: string;
  /** Where this machine reaches the registry of a cluster with nodes. */
  readonly registry?: string;
};

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

async function start(scope: Scope, nodes: number): Promise<State> {
  const state = nodes === 0 ? await startWithout(scope) : await startWith(scope, nodes);
  return { pid: process.pid, nodes, ...state };
}

async function startWithout(scope: Scope): Promise<Pick<State, "kubeconfig">> {
  const { kubeconfig, kubectl } = await anOwnCluster(scope);
  await kubectl(["create", "namespace", CONSENT_NAMESPACE]);
  return { kubeconfig };
}

async function startWith(
  scope: Scope,
  count: number,
): Promise<Pick<State, "kubeconfig" | "registry">> {
  const lacks = lackingNodes();
  if (lacks !== false) throw new Error(`no cluster with nodes can be had here: it ${lacks}`);
  const cluster = await startNodeCluster(scope, { nodes: numberedNodes(count) });
  await cluster.kubectl(["create", "namespace", CONSENT_NAMESPACE]);
  const [host = "", port] = cluster.registry.address.split(":");
  const reached = await forward(scope, { on: cluster.theSwitch, host, port: Number(port) });
  return { kubeconfig: cluster.kubeconfig, registry: `127.0.0.1:${reached}` };
}

/** Holds a cluster until it is asked to end. */
async function hold(nodes: number): Promise<void> {
  const asked = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => asked.resolve());
  await inScope(async (scope) => {
    const unfinished = `${STATE_FILE}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(await start(scope, nodes)));
    renameSync(unfinished, STATE_FILE);
    await asked.promise;
  });
  rmSync(DIRECTORY, { recursive: true, force: true });
}

const build = (nodes: number) => buildAll(nodes === 0 ? [CONTROL_PLANE] : GO_MODULES);

const programDirectories = (nodes: number): string =>
  (nodes === 0 ? (["kubectl"] as const) : (["kubectl", "helm", "ctr"] as const))
    .map((name) => dirname(goProgram(name)))
    .join(delimiter);

async function startHolder(nodes: number): Promise<State> {
  mkdirSync(DIRECTORY, { recursive: true });
  rmSync(LOG_FILE, { force: true });
  const holder = startInBackground(nodeProgram, [SCRIPT, "hold", `--nodes=${nodes}`], LOG_FILE);
  let ended: Exit | undefined;
  void holder.exit.then((exit) => {
    ended = exit;
  });
  return await until("the cluster is up", UP_TIMEOUT_MS, async () => {
    if (ended !== undefined) throw new Error(`the cluster did not start:\n${readText(LOG_FILE)}`);
    return runningState();
  });
}

/** The cluster that is up, if it has as many nodes. */
function runningWith(nodes: number): State | undefined {
  const state = runningState();
  if (state === undefined || state.nodes === nodes) return state;
  throw new Error(
    `a cluster with ${state.nodes} nodes is up: take it down first (npm run cluster -- down)`,
  );
}

async function up(nodes: number): Promise<void> {
  build(nodes);
  const { kubeconfig, registry } = runningWith(nodes) ?? (await startHolder(nodes));
  console.log(`export KUBECONFIG=${kubeconfig}\nexport PATH=${programDirectories(nodes)}:$PATH`);
  if (registry === undefined) return;
  console.log(`export REGISTRY=${registry} # push here, over HTTP, what pods name ${REGISTRY}/...`);
}

async function down(): Promise<void> {
  const state = runningState();
  if (state === undefined) return console.log("no cluster is up");
  process.kill(state.pid, "SIGTERM");
  await until("the cluster is gone", DOWN_TIMEOUT_MS, async () =>
    holds(state.pid) ? undefined : true,
  );
}

async function shell(nodes: number): Promise<void> {
  build(nodes);
  const { code } = await inScope(async (scope) => {
    const { kubeconfig, registry } = runningWith(nodes) ?? (await start(scope, nodes));
    const path = [programDirectories(nodes), process.env["PATH"]].join(delimiter);
    const program = (process.env["SHELL"] || "/bin/sh") as Program;
    const known = registry === undefined ? {} : { REGISTRY: registry };
    return await runInTerminal(program, [], { KUBECONFIG: kubeconfig, PATH: path, ...known });
  });
  process.exitCode = code ?? 1;
}

const COMMANDS: Readonly<Record<string, (nodes: number) => Promise<void>>> = {
  up,
  down,
  shell,
  hold,
};

type Wanted = { readonly act: (nodes: number) => Promise<void>; readonly nodes: number };

/** undefined when it is none of ours. */
function parse(args: readonly string[]): Wanted | undefined {
  const [name = "", ...rest] = args;
  const act = COMMANDS[name];
  try {
    const { nodes } = parseArgs({ args: rest, options: { nodes: { type: "string" } } }).values;
    if (act === undefined || !/^\d$/.test(nodes ?? "0")) return undefined;
    return { act, nodes: Number(nodes ?? 0) };
  } catch {
    return undefined;
  }
}

async function main(args: readonly string[]): Promise<void> {
  const wanted = parse(args);
  if (wanted === undefined) {
    console.error("usage: npm run cluster -- up|down|shell [--nodes 0..9]");
    process.exitCode = 2;
    return;
  }
  await wanted.act(wanted.nodes).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

await main(process.argv.slice(2));
