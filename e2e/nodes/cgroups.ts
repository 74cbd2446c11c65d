// Control groups of a node: one of the node's name in each hierarchy of the machine.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { until } from "../cluster/until.ts";

const EMPTY_TIMEOUT_MS = 15_000;

/** What mount(8) is told besides the controllers. */
const COMMON =
  /^(rw|ro|relatime|noatime|nosuid|nodev|noexec|xattr|clone_children|release_agent=.*)$/;

export type Hierarchy = {
  readonly directory: string;
  /** For `mount -t cgroup -o`: "cpu,cpuacct", or "none,name=systemd". */
  readonly options: string;
};

/** The hierarchies of cgroup v1 in the text of /proc/self/mounts. */
export function parseHierarchies(mounts: string): Hierarchy[] {
  return mounts.split("\n").flatMap((line) => {
    const [, directory = "", type, options = ""] = line.split(" ");
    if (type !== "cgroup") return [];
    const own = options.split(",").filter((option) => !COMMON.test(option));
    const named = own.some((option) => option.startsWith("name="));
    return [{ directory, options: [...(named ? ["none"] : []), ...own].join(",") }];
  });
}

export const hierarchies = () => parseHierarchies(readFileSync("/proc/self/mounts", "utf8"));

/** Why nodes cannot have control groups here, or false. */
export function lackingCgroups(): string | false {
  const known = hierarchies().flatMap(({ options }) => options.split(","));
  const missing = ["cpu", "cpuset", "memory", "pids"].filter((name) => !known.includes(name));
  return missing.length > 0 && `needs cgroup v1 with ${missing.join(", ")}`;
}

/** Makes the groups. A process is in them once it has written itself to each `cgroup.procs`. */
export function makeGroups(name: string): void {
  for (const { directory } of hierarchies()) {
    const group = join(directory, name);
    mkdirSync(group);
    // Of nothing a new group may use anything.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const to = join(group, file);
      // Not by copying: such a file seems to be empty.
      if (existsSync(to)) writeFileSync(to, readFileSync(join(directory, file)));
    }
  }
}

/** Removes the groups and those below, once their processes are gone. */
export async function removeGroups(name: string): Promise<void> {
  for (const { directory } of hierarchies()) {
    const group = join(directory, name);
    await until(`${group} has no process`, EMPTY_TIMEOUT_MS, async () => removeTree(group));
  }
}

/** true when it is gone. */
function removeTree(group: string): true | undefined {
  if (!existsSync(group)) return true;
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(group, entry.name));
    }
    rmdirSync(group);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    return undefined;
  }
}

/** The groups that bear the name, for a test that wants none. */
export const groupsOf = (name: string) =>
  hierarchies()
    .map(({ directory }) => join(directory, name))
    .filter((group) => existsSync(group));
