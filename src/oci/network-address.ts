import { BlockList, isIP } from "node:net";

/** What kind of place a host is, by its text alone: a name is `name` whatever it may resolve to. */
export type HostKind = "name" | "public" | "private" | "loopback" | "linkLocal" | "unspecified";

const listOf = (...subnets: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", bits = ""] = subnet.split("/");
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
};

const lists: readonly (readonly [HostKind, BlockList])[] = [
  ["loopback", listOf("127.0.0.0/8", "::1/128")],
  ["linkLocal", listOf("169.254.0.0/16", "fe80::/10")],
  ["unspecified", listOf("0.0.0.0/8", "::/128", "224.0.0.0/3", "ff00::/8")],
  [
    "private",
    listOf(
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "100.64.0.0/10",
      "192.0.0.0/24",
      "198.18.0.0/15",
      "fc00::/7",
      "fec0::/10",
    ),
  ],
];

// Addresses that carry an IPv4 address in their last 32 bits (RFC 4291 2.5.5, RFC 6052 2.1).
const CARRIES_IPV4 = /^(?:::(?:ffff:)?|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** `hostname` as `URL` gives it: lower case, IPv6 in brackets, odd IPv4 spellings already made plain. */
export function hostKind(hostname: string): HostKind {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  const family = isIP(host);
  if (family === 0) return "name";
  const inner = innerIpv4(host);
  if (inner !== undefined) return hostKind(inner);
  for (const [kind, list] of lists) {
    if (list.check(host, family === 6 ? "ipv6" : "ipv4")) return kind;
  }
  return "public";
}

function innerIpv4(host: string): string | undefined {
  const found = CARRIES_IPV4.exec(host);
  if (found === null) return undefined;
  const [high, low] = [Number.parseInt(found[1] ?? "0", 16), Number.parseInt(found[2] ?? "0", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/**
 * Whether a server configured as `configured` may send us to `target`. Names and public addresses are open to
 * all; a place inside somebody's network only to a registry that was itself configured by such an address, so
 * that a public registry cannot aim our requests at the machines around us.
 */
export function mayLeadTo(configured: string, target: string): boolean {
  const kind = hostKind(target);
  if (kind === "name" || kind === "public" || configured === target) return true;
  const own = hostKind(configured);
  return own === kind || (own === "loopback" && kind === "private");
}

/**
 * The domain that one owner is taken to hold: the last two labels, or three under a short second level such as
 * `co.uk`. An address is its own domain.
 */
export function ownerDomain(hostname: string): string {
  if (hostKind(hostname) !== "name") return hostname;
  const labels = hostname.replace(/\.$/, "").split(".");
  const [second = "", top = ""] = labels.slice(-2);
  return labels.slice(top.length === 2 && second.length <= 3 ? -3 : -2).join(".");
}
