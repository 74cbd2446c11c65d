// Machines of a test's own: each has a network namespace with eth0 on a common switch, and if asked for, empty directories
// in the place of real ones. They consist of processes alone, so the kernel removes all of it when those end.
import type { Scope } from "./at-end.ts";
import { type Place, run, start } from "./processes.ts";
import { program } from "./programs.ts";
import { tempDir } from "./temp.ts";

export type HostSpec = {
  /** With prefix length: 10.10.10.10/24. */
  readonly address: string;
  /** Absolute paths that are empty tmpfs mounts here, made where the real machine has no such directory: /data, /run. */
  readonly emptyDirectories?: readonly string[];
};

export type Host = Place & {
  readonly name: string;
  readonly address: string;
  /** Of the process that holds it: /proc/PID/net tells of the host's network. */
  readonly pid: number;
};

export type Network<Name extends string> = Readonly<Record<Name, Host>> & {
  /** Where all packets between the hosts pass: br0 there sees every one. */
  readonly theSwitch: Host;
};

/** Holds a host's namespaces open. The new root is put together from bind mounts: the real one is not touched. */
const HOLD = `
set -eu
root=$1
shift
if [ $# -gt 0 ]; then
  mount -t tmpfs tmpfs "$root"
  for entry in /*; do
    if [ -L "$entry" ]; then cp -P "$entry" "$root$entry"
    elif [ -d "$entry" ]; then mkdir "$root$entry"; mount --rbind "$entry" "$root$entry"
    fi
  done
  for directory in "$@"; do
    mkdir -p "$root$directory"
    mount -t tmpfs tmpfs "$root$directory"
  done
  mkdir "$root/.real"
  pivot_root "$root" "$root/.real"
  cd /
  umount -l /.real
  rmdir /.real
fi
ip link set lo up
echo ready
exec sleep infinity
`;

async function hold(scope: Scope, name: string, directories: readonly string[]): Promise<Holder> {
  const unshare = ["--net", "--mount", "--propagation", "private"];
  const shell = [
    program("busybox"),
    "sh",
    "-c",
    HOLD,
    `host-${name}`,
    tempDir(scope),
    ...directories,
  ];
  const holder = start(scope, program("unshare"), [...unshare, ...shell]);
  await holder.line(/^ready$/);
  return { name, pid: holder.pid };
}

type Holder = { readonly name: string; readonly pid: number };

const asHost = ({ name, pid }: Holder, address: string): Host => ({
  name,
  address,
  pid,
  enter: (command) => [
    ...[program("nsenter"), "--target", String(pid), "--net", "--mount", "--wdns=/", "--"],
    ...command,
  ],
});

const ip = (on: Place | undefined, ...args: string[]) =>
  run(program("ip"), args, on === undefined ? {} : { on });

/** Gives the network of a process an eth0 on the switch, where its other end has the name `port`. */
export async function plugIn(theSwitch: Host, port: string, pid: number): Promise<void> {
  // Made inside the switch, so that the real machine's network never sees it.
  await ip(
    theSwitch,
    ...["link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", String(pid)],
  );
  await ip(theSwitch, "link", "set", port, "master", "br0", "up");
}

/** Takes the port away, with what is at its other end; or does nothing when that is gone, and so the port. */
export async function unplug(theSwitch: Host, port: string): Promise<void> {
  await run(program("ip"), ["link", "delete", port], { on: theSwitch, codes: [0, 1] });
}

async function connect(
  theSwitch: Host,
  holder: Holder,
  address: string,
  index: number,
): Promise<Host> {
  const host = asHost(holder, address.replace(/\/.*/, ""));
  await plugIn(theSwitch, `port${index}`, holder.pid);
  await ip(host, "address", "add", address, "dev", "eth0");
  await ip(host, "link", "set", "eth0", "up");
  return host;
}

/** Makes hosts that reach each other and nothing else. Needs root. */
export async function createNetwork<Name extends string>(
  scope: Scope,
  specs: Readonly<Record<Name, HostSpec>>,
): Promise<Network<Name>> {
  const theSwitch = await hold(scope, "switch", []);
  const switchHost = asHost(theSwitch, "");
  await ip(switchHost, "link", "add", "br0", "type", "bridge");
  await ip(switchHost, "link", "set", "br0", "up");
  const entries = Object.entries<HostSpec>(specs);
  const hosts: [string, Host][] = [];
  for (const [index, [name, { address, emptyDirectories = [] }]] of entries.entries()) {
    const holder = await hold(scope, name, emptyDirectories);
    hosts.push([name, await connect(switchHost, holder, address, index)]);
  }
  return { ...Object.fromEntries(hosts), theSwitch: switchHost } as Network<Name>;
}
