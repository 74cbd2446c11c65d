// For commands of e2e that people type: processes that outlive this one, or that have its terminal.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Exit } from "./processes.ts";
import type { Program } from "./programs.ts";

/** Gives a program this process's terminal until it ends. */
export async function runInTerminal(
  path: Program,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Exit> {
  const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: "inherit" });
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

/** Starts a program that goes on after this process has ended; what it prints is added to the file. */
export function startInBackground(
  path: Program,
  args: readonly string[],
  logFile: string,
): { readonly pid: number; readonly exit: Promise<Exit> } {
  const log = openSync(logFile, "a");
  const child = spawn(path, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  const exit = once(child, "exit").then(([code, signal]) => ({ code, signal }) as Exit);
  return { pid: child.pid ?? -1, exit };
}
