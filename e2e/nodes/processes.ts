// Which processes of a node are ours, and what they have open; seen from this machine.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ClusterNode } from "./node.ts";

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended meanwhile.
    return "";
  }
};

/** The processes of a node whose command line has the word, by this machine's numbers. */
export function processesOn({ group }: ClusterNode, word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/cgroup`).includes(group))
    .filter((pid) =>
      read(`/proc/${pid}/cmdline`)
        .split("\0")
        .some((each) => each.includes(word)),
    )
    .map(Number);
}

/** Inodes of a process's sockets. */
function socketsOf(pid: number): Set<string> {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** The network sockets that a process has open: "tcp 0100007F:1A2C". Those of unix are none. */
export function networkSockets(pid: number): string[] {
  const own = socketsOf(pid);
  return ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"].flatMap((kind) =>
    read(`/proc/${pid}/net/${kind}`)
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => own.has(fields[9] ?? ""))
      .map((fields) => `${kind} ${fields[1]}`),
  );
}

/** Lines of a process's status: the text after "Name:". */
export const statusField = (pid: number, name: string): string =>
  new RegExp(`^${name}:\\s*(.*)$`, "m").exec(read(`/proc/${pid}/status`))?.[1] ?? "";
