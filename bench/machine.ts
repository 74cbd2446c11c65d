import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../e2e/support/processes.ts";
import { program } from "../e2e/support/programs.ts";
import { idleShare, machineTicks } from "./proc.ts";

/** Where it was measured; nothing that names the machine. */
export type Machine = {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly kernel: string;
  /** Versions by program. */
  readonly programs: Readonly<Record<string, string>>;
  /** Before anything was measured: over one minute, and the idle part of all cores over a second. */
  readonly load: number;
  readonly idle: number;
};

export async function describeMachine(programs: readonly string[]): Promise<Machine> {
  const before = machineTicks();
  await sleep(1_000);
  const [cpu] = cpus();
  return {
    processor: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: parseSystemName(readFileSync("/etc/os-release", "utf8")),
    // Without what its builder added.
    kernel: release().replace(/-.*$/, ""),
    programs: { node: process.versions.node, ...(await versionsOf(programs)) },
    load: loadavg()[0] ?? 0,
    idle: idleShare(before, machineTicks()),
  };
}

export const parseSystemName = (osRelease: string): string =>
  /^PRETTY_NAME="?(.*?)"?$/m.exec(osRelease)?.[1] ?? "unknown";

/** The first thing with dots and digits in what a program says of itself. */
export const parseVersion = (text: string): string =>
  /\d+(?:\.\d+)+[\w.+~-]*/.exec(text)?.[0] ?? "unknown";

export async function versionOf(name: string): Promise<string> {
  const { stdout } = await run(program(name), ["--version"]);
  return parseVersion(stdout);
}

async function versionsOf(names: readonly string[]): Promise<Record<string, string>> {
  const versions = names.map(async (name) => [name, await versionOf(name)] as const);
  return Object.fromEntries(await Promise.all(versions));
}

/** Two lines of text, for people. */
export function machineLines(machine: Machine): readonly string[] {
  const { processor, cores, memoryBytes, system, kernel, load, idle } = machine;
  const programs = Object.entries(machine.programs).map(([name, version]) => `${name} ${version}`);
  const memory = `${(memoryBytes / 2 ** 30).toFixed(0)} GiB`;
  return [
    `${cores} cores (${processor}), ${memory} of memory, ${system}, Linux ${kernel}`,
    `${programs.join(", ")}; before: load ${load.toFixed(1)}, ${(idle * 100).toFixed(0)} % idle`,
  ];
}
