// What Linux tells of processes and of the machine in /proc (proc(5)).
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export type Memory = { readonly rssBytes: number; readonly peakRssBytes: number };

const KIB = 1024;
/** USER_HZ: what Linux counts in /proc, on every processor that Node runs on. */
const TICKS_PER_SECOND = 100;

/** From /proc/PID/status: VmRSS and VmHWM. */
export function parseMemory(status: string): Memory {
  const field = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (kib === undefined) throw new Error(`no ${name} in the status of a process: has it ended?`);
    return Number(kib) * KIB;
  };
  return { rssBytes: field("VmRSS"), peakRssBytes: field("VmHWM") };
}

export type CpuSeconds = {
  /** In user and in kernel mode, of all threads. */
  readonly own: number;
  /** Of children that have ended. */
  readonly children: number;
};

/** From /proc/PID/stat: utime and stime, cutime and cstime. */
export function parseCpuSeconds(stat: string): CpuSeconds {
  // The second field, the name, may contain anything, parentheses and spaces too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const seconds = (first: number) =>
    (Number(fields[first]) + Number(fields[first + 1])) / TICKS_PER_SECOND;
  return { own: seconds(11), children: seconds(13) };
}

export type CpuTicks = { readonly idle: number; readonly all: number };

/** From /proc/stat: what all processors together did since the machine started. */
export function parseCpuTicks(stat: string): CpuTicks {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1] ?? "";
  // Guests count as user time already; waiting for a disk is idling.
  const ticks = line.split(" ").slice(0, 8).map(Number);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { idle, all: ticks.reduce((sum, tick) => sum + tick, 0) };
}

/** The part of all processors that had nothing to do between two readings. */
export const idleShare = (before: CpuTicks, after: CpuTicks): number =>
  (after.idle - before.idle) / Math.max(1, after.all - before.all);

export const memoryOf = (pid: number): Memory =>
  parseMemory(readFileSync(`/proc/${pid}/status`, "utf8"));

const readCpuSeconds = (pid: number | "self"): CpuSeconds =>
  parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, "utf8"));

export const cpuSecondsOf = (pid: number): number => readCpuSeconds(pid).own;

/** How many a process has open, of whatever kind, by /proc/PID/fd. */
export function socketsOf(pid: number | "self"): number {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).filter((name) => isSocket(join(directory, name))).length;
}

function isSocket(link: string): boolean {
  try {
    return readlinkSync(link).startsWith("socket:");
  } catch {
    // It was closed since it was listed.
    return false;
  }
}

/** Of every program that this process has run to its end. */
export const childCpuSeconds = (): number => readCpuSeconds("self").children;

export const machineTicks = (): CpuTicks => parseCpuTicks(readFileSync("/proc/stat", "utf8"));
