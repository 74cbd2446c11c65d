import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";

const STOP_GRACE_MS = 5_000;
const LAST_LINES = 5;

/** A daemon as a process of its own. */
export type DaemonProcess = {
  readonly pid: number;
  readonly exited: Promise<void>;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>;
};

const running = new Set<ChildProcess>();
const directories = new Set<string>();

// The last resort, should this process end without unwinding: nothing is left behind.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Has the directory removed when this process ends, however it does, until `forget` is called. */
export function removeAtExit(directory: string): { forget(): void } {
  directories.add(directory);
  return { forget: () => directories.delete(directory) };
}

/** Starts a daemon whose output goes to the end of `logFile`. */
export async function startProcess(
  program: string,
  args: readonly string[],
  logFile: string,
): Promise<DaemonProcess> {
  await using log = await open(logFile, "a");
  const child = spawnDaemon(program, args, log);
  await once(child, "spawn");
  running.add(child);
  const exited = once(child, "exit").then(() => {
    running.delete(child);
  });
  return {
    pid: child.pid ?? -1,
    exited,
    isRunning: () => running.has(child),
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
      await exited;
      clearTimeout(late);
    },
  };
}

function spawnDaemon(program: string, args: readonly string[], { fd }: FileHandle): ChildProcess {
  return spawn(program, args, {
    stdio: ["ignore", fd, fd],
    env: environment(),
    // A process group of its own: Ctrl-C reaches the demo alone, which then ends its daemons in order.
    detached: true,
  });
}

/** What the user has set for daemons of his own is not for these; they run on the Node that the demo runs on. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("OCI_TORRENT_"));
  return { ...Object.fromEntries(others), OCI_TORRENT_NODE: process.execPath };
}

/** The end of a log, to say why a daemon has ended. */
export async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
}
