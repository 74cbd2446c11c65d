import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { atEnd, type Scope } from "./at-end.ts";
import { type Program, program } from "./programs.ts";

const TERM_GRACE_MS = 12_000;
const PIPE_GRACE_MS = 1_000;
const LINE_TIMEOUT_MS = 30_000;
const RUN_TIMEOUT_MS = 60_000;

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Where a process runs, when not simply on this machine: see netns.ts. */
export type Place = { enter(command: readonly string[]): readonly string[] };

export type ProcessOptions = {
  readonly on?: Place;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
};

export type Running = {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  /** Waits until a line of stdout or stderr matches, also when it was printed before; throws with all output when the process ends or time is over first. */
  line(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Asks with SIGTERM, then ends it with SIGKILL. */
  stop(): Promise<Exit>;
};

class Output {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #watchers = new Set<() => void>();

  read(stream: Readable, into: string[]): void {
    stream.setEncoding("utf8").on("data", (text: string) => {
      into.push(text);
      for (const watcher of this.#watchers) watcher();
    });
  }

  find(pattern: RegExp): RegExpExecArray | undefined {
    const lines = `${this.stdout.join("")}\n${this.stderr.join("")}`.split("\n");
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    return undefined;
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  toString(): string {
    return `--- stdout\n${this.stdout.join("")}\n--- stderr\n${this.stderr.join("")}`;
  }
}

const commandOf = (path: Program, args: readonly string[], on: Place | undefined) => {
  const command = [path, ...args];
  // Should this process be killed, the kernel ends the child too: nothing is left behind.
  return [program("setpriv"), "--pdeathsig", "KILL", "--", ...(on?.enter(command) ?? command)];
};

function spawnProcess(path: Program, args: readonly string[], options: ProcessOptions) {
  const [first = "", ...rest] = commandOf(path, args, options.on);
  const child = spawn(first, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const output = new Output();
  output.read(child.stdout, output.stdout);
  output.read(child.stderr, output.stderr);
  return { child, output, exit: exitOf(child) };
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const closed = once(child, "close");
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  // The last of its output; but a child of its own may hold the pipes open for longer than it lives.
  await Promise.race([closed, setTimeout(PIPE_GRACE_MS, undefined, { ref: false })]);
  return { code, signal };
}

/** Starts a program that goes on until it is stopped, or until the test or suite ends. */
export function start(
  scope: Scope,
  path: Program,
  args: readonly string[],
  options: ProcessOptions = {},
): Running {
  const { child, output, exit } = spawnProcess(path, args, options);
  child.stdin.end();
  const stop = () => stopProcess(child, exit);
  atEnd(scope, async () => {
    await stop();
  });
  return {
    pid: child.pid ?? -1,
    exit,
    stdout: () => output.stdout.join(""),
    stderr: () => output.stderr.join(""),
    line: (pattern, timeoutMs = LINE_TIMEOUT_MS) => waitForLine(output, exit, pattern, timeoutMs),
    kill: (signal) => void child.kill(signal),
    stop,
  };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function stopProcess(child: ChildProcess, exit: Promise<Exit>): Promise<Exit> {
  if (hasEnded(child)) return await exit;
  child.kill("SIGTERM");
  const kill = globalThis.setTimeout(() => child.kill("SIGKILL"), TERM_GRACE_MS);
  try {
    return await exit;
  } finally {
    clearTimeout(kill);
  }
}

function waitForLine(
  output: Output,
  exit: Promise<Exit>,
  pattern: RegExp,
  timeoutMs: number,
): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  const look = () => {
    const match = output.find(pattern);
    if (match !== undefined) resolve(match);
  };
  const giveUp = (why: string) => reject(new Error(`${why} without a line ${pattern}\n${output}`));
  const unwatch = output.watch(look);
  const timer = globalThis.setTimeout(giveUp, timeoutMs, `${timeoutMs} ms went by`);
  void exit.then(({ code, signal }) => giveUp(`the process ended (${code ?? signal})`));
  look();
  return promise.finally(() => {
    unwatch();
    clearTimeout(timer);
  });
}

export type RunOptions = ProcessOptions & {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Exit codes that are no failure; 0 when not given. */
  readonly codes?: readonly number[] | "any";
};

export type Finished = Exit & { readonly stdout: string; readonly stderr: string };

/** Runs a program to its end, and throws with all it printed when it exits otherwise than expected. */
export async function run(
  path: Program,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { child, output, exit } = spawnProcess(path, args, options);
  const timeoutMs = options.timeoutMs ?? RUN_TIMEOUT_MS;
  const timer = globalThis.setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  // A program that does not read its input closes it early.
  child.stdin.on("error", () => {}).end(options.input);
  const { code, signal } = await exit;
  clearTimeout(timer);
  const codes = options.codes ?? [0];
  if (codes !== "any" && (code === null || !codes.includes(code))) {
    const how = code === null ? `${signal} within ${timeoutMs} ms` : `exit code ${code}`;
    throw new Error(`${[path, ...args].join(" ")}: ${how}\n${output}`);
  }
  return { code, signal, stdout: output.stdout.join(""), stderr: output.stderr.join("") };
}
