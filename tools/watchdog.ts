// Ends what hangs: the process of one test file, so that the others are still told of, or at last the whole run.
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 500;
const KILL_GRACE_MS = 5_000;

export type Limits = {
  /** Of each file's process. Where there is no /proc only the other limit holds. */
  readonly fileTimeoutMs: number;
  /** Of the run. */
  readonly timeoutMs: number;
};

export type Watchdog = {
  /** Whether the whole run took too long. */
  readonly isLate: boolean;
  stop(): void;
};

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

const childrenOf = (pid: number) =>
  readProc(`${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);

/** Asks with SIGTERM when its time is over, and ends it with SIGKILL when that did not help. */
class Overseer {
  readonly #since = new Map<number, number>();
  readonly #asked = new Set<number>();
  readonly #timeoutMs: number;
  readonly #onLate: (pid: number) => void;

  constructor(timeoutMs: number, onLate: (pid: number) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onLate = onLate;
  }

  look(pids: readonly number[], nowMs: number): void {
    for (const pid of pids) {
      const since = this.#since.get(pid) ?? nowMs;
      this.#since.set(pid, since);
      if (nowMs - since > this.#timeoutMs) this.#end(pid, nowMs - since - this.#timeoutMs);
    }
  }

  #end(pid: number, overMs: number): void {
    if (!this.#asked.has(pid)) {
      this.#asked.add(pid);
      this.#onLate(pid);
      kill(pid, "SIGTERM");
    } else if (overMs > KILL_GRACE_MS) {
      kill(pid, "SIGKILL");
    }
  }
}

/** The runner must lead a process group of its own. `onLateFile` gets the command line of a process that was ended. */
export function watch(
  runner: ChildProcess,
  { fileTimeoutMs, timeoutMs }: Limits,
  onLateFile: (commandLine: readonly string[]) => void,
): Watchdog {
  const pid = runner.pid ?? 0;
  const group = (signal: NodeJS.Signals) => kill(-pid, signal);
  const overseer = new Overseer(fileTimeoutMs, (late) =>
    onLateFile(readProc(`${late}/cmdline`).split("\0")),
  );
  const look = setInterval(() => overseer.look(childrenOf(pid), performance.now()), LOOK_EVERY_MS);
  const watchdog = { isLate: false, stop };
  const late = setTimeout(() => {
    watchdog.isLate = true;
    group("SIGTERM");
  }, timeoutMs);
  const tooLate = setTimeout(group, timeoutMs + KILL_GRACE_MS, "SIGKILL");
  const onSignal = (signal: NodeJS.Signals) => {
    group("SIGKILL");
    // Not at once: other runs beside this one have to end theirs.
    setImmediate(() => process.exit(signal === "SIGINT" ? 130 : 143));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  function stop(): void {
    for (const signal of signals) process.off(signal, onSignal);
    for (const timer of [look, late, tooLate]) clearTimeout(timer);
  }
  return watchdog;
}
