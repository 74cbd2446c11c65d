import { readFileSync } from "node:fs";

export type Traffic = { readonly receivedBytes: number; readonly sentBytes: number };

/** From /proc/PID/net/dev (proc(5)): Ethernet frames, but what the kernel passes on in one piece counted with one header. */
export function parseTraffic(netDev: string, device: string): Traffic {
  const line = new RegExp(`^\\s*${device}:\\s*(.*)$`, "m").exec(netDev)?.[1];
  const fields = line?.split(/\s+/).map(Number) ?? [];
  const [receivedBytes, sentBytes] = [fields[0], fields[8]];
  if (receivedBytes === undefined || sentBytes === undefined) {
    throw new Error(`no interface ${device} in /proc/PID/net/dev`);
  }
  return { receivedBytes, sentBytes };
}

/** Of eth0 in the network that a process lives in. */
export const trafficOf = ({ pid }: { readonly pid: number }): Traffic =>
  parseTraffic(readFileSync(`/proc/${pid}/net/dev`, "utf8"), "eth0");

const ESTABLISHED = "01";

/** From /proc/PID/net/tcp (proc(5)): connections that are open, but for those to the host itself. */
export const parseConnections = (tcp: string): number =>
  tcp
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => state === ESTABLISHED && !isLoopback(local)).length;

/** The address in hexadecimal digits, the least significant byte first; of IPv4, also inside IPv6. */
const isLoopback = (endpoint: string) => /7F:[0-9A-F]{4}$/.test(endpoint);

/** IPv4 connections, to which listeners on :: may be an end too. */
export const connectionsOf = ({ pid }: { readonly pid: number }): number =>
  ["tcp", "tcp6"]
    .map((table) => parseConnections(readFileSync(`/proc/${pid}/net/${table}`, "utf8")))
    .reduce((sum, connections) => sum + connections, 0);

export type Reading = { readonly seconds: number; readonly bytes: number };

/** Bytes per second over the best stretch of at least `seconds` between two readings; over all of them when they are fewer. */
export function bestRate(readings: readonly Reading[], seconds: number): number {
  let best = 0;
  for (const [index, from] of readings.entries()) {
    const to =
      readings.slice(index + 1).find((later) => later.seconds - from.seconds >= seconds) ??
      (index === 0 ? readings.at(-1) : undefined);
    if (to === undefined || to.seconds <= from.seconds) continue;
    best = Math.max(best, (to.bytes - from.bytes) / (to.seconds - from.seconds));
  }
  return best;
}
