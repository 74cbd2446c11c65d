// What a test file must not leave behind: processes and temporary directories. Both bear the name of the run.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const RUN_VARIABLE = "OCI_TORRENT_TEST_RUN";

export type Leftovers = {
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  readonly directories: readonly string[];
};

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended meanwhile, or is another user's.
    return "";
  }
}

const isZombie = (pid: string) => /^\d+ \(.*\) Z/s.test(readProc(pid, "stat"));

function processesOf(runName: string): Leftovers["processes"] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const variable = `${RUN_VARIABLE}=${runName}`;
  const ours = pids.filter((pid) => readProc(pid, "environ").split("\0").includes(variable));
  return ours
    .filter((pid) => !isZombie(pid))
    .map((pid) => ({
      pid: Number(pid),
      command: readProc(pid, "cmdline").replaceAll("\0", " ").trim(),
    }));
}

function directoriesOf(runName: string): string[] {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(`oci-torrent-${runName}-`));
  return names.map((name) => join(tmpdir(), name));
}

/** Finds what is left of a run; nothing on a machine without /proc. */
export function findLeftovers(runName: string): Leftovers {
  if (process.platform !== "linux") return { processes: [], directories: [] };
  return { processes: processesOf(runName), directories: directoriesOf(runName) };
}

/** Ends and removes what is left, and says in lines what it was; "" when there was nothing. */
export function clearLeftovers({ processes, directories }: Leftovers): string {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  const lines = processes.map(({ pid, command }) => `process ${pid}: ${command}`);
  return [...lines, ...directories.map((path) => `directory ${path}`)].join("\n");
}
