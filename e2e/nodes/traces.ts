// What clusters of this process leave on the machine while they are up, and must not leave afterwards.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { tempPrefix } from "../support/temp.ts";
import { hierarchies } from "./cgroups.ts";

/** Kubelets and kube-proxies like to set them, and they belong to the whole machine. */
const SYSCTLS = [
  "fs/inotify/max_user_instances",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "net/ipv4/ip_forward",
  "net/netfilter/nf_conntrack_max",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** What a kubelet makes for its pods: in the node's own hierarchies, and never in the machine's. */
const podGroups = () =>
  hierarchies()
    .map(({ directory }) => join(directory, "kubepods"))
    .filter((group) => existsSync(group));

/** The machine's settings, network devices and groups of pods, for a comparison. */
export function machineState(): Readonly<Record<string, string>> {
  const settings = SYSCTLS.map((key) => [key, read(join("/proc/sys", key)).trim()] as const);
  const devices = readdirSync("/sys/class/net").join();
  return { ...Object.fromEntries(settings), devices, podGroups: podGroups().join() };
}

const pids = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

/** Processes, control groups, mounts and loop devices that bear the name of this run, each as a line. */
export function findTraces(): string[] {
  const name = `${tempPrefix()}-`;
  const has = (path: string) => read(path).includes(name);
  const processes = pids().filter(
    (pid) => has(`/proc/${pid}/cmdline`) || has(`/proc/${pid}/cgroup`),
  );
  const groups = hierarchies().flatMap(({ directory }) =>
    readdirSync(directory)
      .filter((entry) => entry.startsWith(name))
      .map((entry) => join(directory, entry)),
  );
  const mounts = read("/proc/self/mountinfo").split("\n");
  const loops = readdirSync("/sys/block").filter((device) =>
    has(`/sys/block/${device}/loop/backing_file`),
  );
  return [
    ...processes.map((pid) => `process ${pid}`),
    ...groups.map((path) => `control group ${path}`),
    ...mounts.filter((line) => line.includes(name)).map((line) => `mount ${line}`),
    ...loops.map((device) => `loop device ${device}`),
  ];
}

const KINDS = ["net", "mnt", "uts", "ipc", "pid", "cgroup"];

function namespaceOf(pid: number | string, kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** The namespaces of a process that this one is not in: net:[4026532178] and so on. */
export const namespacesOf = (pid: number): string[] =>
  KINDS.flatMap((kind) => namespaceOf(pid, kind) ?? []).filter(
    (namespace, index) => namespace !== namespaceOf("self", KINDS[index] ?? ""),
  );

/** Those of the namespaces that some process is in, or that a mount holds. */
export function livingNamespaces(namespaces: readonly string[]): string[] {
  const all = pids().flatMap((pid) => KINDS.map((kind) => namespaceOf(pid, kind)));
  const held = read("/proc/self/mountinfo");
  const living = new Set(all);
  return namespaces.filter((each) => living.has(each) || held.includes(each));
}
