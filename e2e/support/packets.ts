import type { Scope } from "./at-end.ts";
import type { Host } from "./netns.ts";
import { start } from "./processes.ts";
import { program } from "./programs.ts";

export type PacketRecord = {
  /** Where the packets that the host has sent so far went, each destination once. */
  destinations(): ReadonlySet<string>;
};

/** What tcpdump prints for an IP packet that leaves: `eth0  Out IP 10.0.0.1.4000 > 10.0.0.2.80: tcp 5`. Others, such as ARP's, have no destination. */
const OUTGOING = /^\S+ +Out +IP6? \S+ > (.+?)(?:\.(\d+))?: /gm;

/** What the kernel itself sends as soon as an interface is up: neighbour discovery, and the listener reports of RFC 3810. */
const OF_THE_KERNEL = "icmp6 or dst host ff02::16";

/** Records every IP packet that a host sends, on all its interfaces. */
export async function recordPackets(scope: Scope, on: Host): Promise<PacketRecord> {
  const flags = ["--immediate-mode", "-l", "-n", "-q", "-t", "-Z", "root", "-i", "any"];
  const recorder = start(
    scope,
    program("tcpdump"),
    [...flags, `(ip or ip6) and not (${OF_THE_KERNEL})`],
    {
      on,
    },
  );
  await recorder.line(/listening on any/);
  return {
    destinations: () => {
      const found = [...recorder.stdout().matchAll(OUTGOING)];
      // Without a port, the last number of an IPv4 address is taken for one.
      return new Set(
        found.map(([, host = "", port]) => (isAddress(host) ? host : `${host}.${port}`)),
      );
    },
  };
}

const isAddress = (text: string): boolean => text.includes(":") || text.split(".").length === 4;
