// The network that a cluster's nodes share. Nothing of it is in the real machine's network, and nothing leads out of it.
import type { Scope } from "../support/at-end.ts";
import { createNetwork, type Host } from "../support/netns.ts";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";

/** Of the switch, where the control plane, DNS and the registry are. */
export const GATEWAY = "10.98.0.1";
export const SERVICES = "10.96.0.0/16";
export const PODS = "10.244.0.0/16";

/** Nodes are numbered from 1. */
export const nodeAddress = (number: number) => `10.98.0.${10 + number}`;
export const podNetwork = (number: number) => `10.244.${number}.0/24`;

/**
 * Bytes that a connection holds: what the registry has sent to a node that is gone is lost, and would hide whether something was
 * fetched again. Nodes have the same for what they receive (node-init.sh).
 */
const MOST_UNDER_WAY = "4096 16384 262144";

/** A switch with an address of its own, which passes packets on between the networks of the nodes' pods. */
export async function makeSwitch(scope: Scope): Promise<Host> {
  const { theSwitch } = await createNetwork(scope, {});
  const on = theSwitch;
  await run(program("ip"), ["address", "add", `${GATEWAY}/24`, "dev", "br0"], { on });
  // /proc/sys/net is that of the process's own network.
  const settings = ["net.ipv4.ip_forward=1", `net.ipv4.tcp_wmem=${MOST_UNDER_WAY}`];
  await run(program("busybox"), ["sysctl", "-q", "-w", ...settings], { on });
  return { ...theSwitch, address: GATEWAY };
}

export async function routeToPods(theSwitch: Host, number: number): Promise<void> {
  const args = ["route", "replace", podNetwork(number), "via", nodeAddress(number)];
  await run(program("ip"), args, { on: theSwitch });
}
