// One node: containerd, kubelet and kube-proxy in namespaces of their own, on a disk of their own.
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { TOP } from "../../tools/top.ts";
import { type Certificates, clientSubject } from "../cluster/certificates.ts";
import { certified, writeKubeconfig } from "../cluster/kubeconfig.ts";
import { until } from "../cluster/until.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { type Host, plugIn, unplug } from "../support/netns.ts";
import { type Place, type Running, run, start } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { hierarchies, makeGroups, removeGroups } from "./cgroups.ts";
import { type Daemon, daemonFiles, daemonScripts, type RuntimeVersion } from "./daemons.ts";
import { GATEWAY, nodeAddress, routeToPods } from "./network.ts";

const INIT = join(TOP, "e2e/nodes/node-init.sh");
const MIB = 1 << 20;
const DATA_MIB = 2048;
const START_TIMEOUT_MS = 45_000;
const RESTART_TIMEOUT_MS = 30_000;
const DISK_TIMEOUT_MS = 15_000;

/** Paths of a machine that are the node's own. */
const DIRECTORIES = ["opt", "var/log", "var/lib/kubelet", "var/lib/cni", "var/lib/oci-torrent"];

export type NodeSpec = {
  readonly name: string;
  /** 2.4 when not given. */
  readonly runtime?: RuntimeVersion;
  /** Its containerd 2.4 has no setting of its own for registries, so it pulls past hosts.toml: also past ours, so it needs its first images by hand. */
  readonly ignoresHosts?: boolean;
  /** Of the disk at /var/lib/oci-torrent; 2048 when not given. It takes no more of this machine's than is written to it. */
  readonly dataMiB?: number;
  readonly labels?: Readonly<Record<string, string>>;
};

/** What all nodes of a cluster have in common. */
export type NodeSurroundings = {
  readonly theSwitch: Host;
  readonly certificates: Certificates;
  readonly serverUrl: string;
  readonly sandboxImage: string;
  /** Lines of /etc/hosts. */
  readonly hosts: readonly string[];
  /** Files on every node, by their absolute path, which must be in /etc/containerd. */
  readonly files: Readonly<Record<string, string>>;
};

export type ClusterNode = Place & {
  readonly name: string;
  readonly address: string;
  readonly runtime: RuntimeVersion;
  /** Control groups have this name. */
  readonly group: string;
  /** Of the node's first process, as this machine counts. Another one after a loss of power. */
  pid(): number;
  /** Where this machine finds a file of the node. */
  path(inNode: string): string;
  /** Stops the daemon in what it does, until it is killed. */
  freeze(daemon: Daemon): Promise<void>;
  /** Kills the daemon, and waits until the node has started it again. */
  restart(daemon: Daemon): Promise<void>;
  /** As by pulling its plug: every process ends, what is on its disks stays. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
};

export async function startNode(
  scope: Scope,
  around: NodeSurroundings,
  number: number,
  spec: NodeSpec,
): Promise<ClusterNode> {
  const directory = tempDir(scope);
  const { name, runtime = "2.4" } = spec;
  const address = nodeAddress(number);
  await fillDisk(directory, around, number, spec);
  const group = `${basename(directory)}-${name}`;
  let init: Running | undefined;
  let pid = 0;
  let isPluggedIn = false;

  const powerOff = async (): Promise<void> => {
    init?.kill("SIGKILL");
    await init?.exit;
    init = undefined;
    // The kernel takes its network away when it finds the time, and the next start needs the port.
    if (isPluggedIn) await unplug(around.theSwitch, name);
    isPluggedIn = false;
    // What stays here costs the next kubelet seconds, as no real start would.
    await removeGroups(group);
    await until(`${name} has let go of its disk`, DISK_TIMEOUT_MS, async () =>
      isLooped(directory) ? undefined : true,
    );
  };
  const powerOn = async (): Promise<void> => {
    makeGroups(group);
    const env = { NODE_NAME: name, NODE_ADDRESS: address, GATEWAY };
    const booted = start(scope, program("busybox"), bootCommand(directory, group), { env });
    init = booted;
    // It would not heed a polite word before its child is gone.
    atEnd(scope, () => booted.kill("SIGKILL"));
    pid = await firstProcess(init);
    await plugIn(around.theSwitch, name, pid);
    isPluggedIn = true;
    await routeToPods(around.theSwitch, number);
    await init.line(/^running$/, START_TIMEOUT_MS);
  };
  // Before the directory goes; also when it did not start.
  atEnd(scope, powerOff);
  await powerOn();

  const enter = (command: readonly string[]) => [
    ...[program("nsenter"), "--target", String(pid), "--mount", "--uts", "--ipc", "--net"],
    ...["--pid", "--cgroup", "--wdns=/", "--", ...command],
  ];
  const path = (inNode: string) => join(`/proc/${pid}/root`, inNode);
  const pidOf = (daemon: Daemon) => readFileSync(path(`/run/${daemon}.pid`), "utf8").trim();
  const signal = async (daemon: Daemon, name: "KILL" | "STOP"): Promise<void> =>
    void (await run(program("busybox"), ["kill", `-${name}`, pidOf(daemon)], { on: { enter } }));
  const restart = async (daemon: Daemon): Promise<void> => {
    const before = pidOf(daemon);
    await signal(daemon, "KILL");
    await until(`${daemon} runs again on ${name}`, RESTART_TIMEOUT_MS, async () =>
      pidOf(daemon) === before ? undefined : true,
    );
  };
  return {
    ...{ name, address, runtime, group, pid: () => pid, path, enter },
    ...{ freeze: (daemon) => signal(daemon, "STOP"), restart, powerOff, powerOn },
  };
}

/** The shell enters the control groups before it makes the namespace that shows them as roots. */
function bootCommand(directory: string, group: string): string[] {
  const all = hierarchies();
  const enterGroups = all.map((each) => `echo $$ >${join(each.directory, group, "cgroup.procs")}`);
  const unshare = [
    ...[program("unshare"), "--net", "--mount", "--uts", "--ipc", "--pid", "--cgroup"],
    ...["--propagation", "private", "--fork", "--kill-child", "--"],
    ...[program("busybox"), "sh", INIT, directory, ...all.map(({ options }) => options)],
  ];
  return ["sh", "-c", `set -e\n${enterGroups.join("\n")}\nexec "$@"`, "boot", ...unshare];
}

/** `unshare` waits outside for the first process of the new namespaces. */
function firstProcess({ pid, stderr }: Running): Promise<number> {
  return until("a node has its first process", START_TIMEOUT_MS, async () => {
    const children = childrenOf(pid);
    if (children === undefined) throw new Error(`a node did not start:\n${stderr()}`);
    const [child] = children;
    return child;
  });
}

function childrenOf(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return undefined;
  }
}

/** Whether a loop device still has a file of the directory. */
const isLooped = (directory: string): boolean =>
  readdirSync("/sys/block").some((device) => {
    try {
      const file = readFileSync(`/sys/block/${device}/loop/backing_file`, "utf8");
      return file.startsWith(`${directory}/`);
    } catch {
      return false;
    }
  });

async function fillDisk(
  directory: string,
  around: NodeSurroundings,
  number: number,
  { name, runtime = "2.4", ignoresHosts = false, dataMiB = DATA_MIB, labels = {} }: NodeSpec,
): Promise<void> {
  const write = (path: string, text: string | Buffer) => {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  };
  for (const path of DIRECTORIES) mkdirSync(join(directory, path), { recursive: true });
  const address = nodeAddress(number);
  const { sandboxImage, serverUrl, certificates } = around;
  const daemon = { name, number, address, runtime, ignoresHosts, sandboxImage, labels };
  for (const [path, text] of Object.entries(daemonFiles(daemon))) write(path, text);
  for (const [each, script] of Object.entries(daemonScripts(daemon)))
    write(join("daemons", each), script);
  for (const [path, text] of Object.entries(around.files)) write(path, text);
  write("etc/hosts", ["127.0.0.1 localhost", ...around.hosts, ""].join("\n"));
  write("etc/resolv.conf", `nameserver ${GATEWAY}\n`);
  write("ca.crt", readFileSync(certificates.ca.certFile));
  const users = {
    kubelet: `/O=system:nodes/CN=system:node:${name}`,
    "kube-proxy": "/CN=system:kube-proxy",
  };
  for (const [user, subject] of Object.entries(users)) {
    const pair = await certificates.issue(clientSubject(`${name}-${user}`, subject));
    const path = join(directory, `${user}.conf`);
    writeKubeconfig(path, serverUrl, certificates.ca.certFile, certified(pair));
  }
  const data = join(directory, "data.img");
  write("data.img", "");
  truncateSync(data, dataMiB * MIB);
  await run(program("mkfs.ext4"), ["-q", "-F", data]);
}
