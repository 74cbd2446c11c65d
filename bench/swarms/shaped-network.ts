// Hosts on one switch, each with a link of a limited rate in both directions.
import { join } from "node:path";
import type { Scope } from "../../e2e/support/at-end.ts";
import { createNetwork, type Host } from "../../e2e/support/netns.ts";
import { run, start } from "../../e2e/support/processes.ts";
import { nodeProgram, program } from "../../e2e/support/programs.ts";
import { TOP } from "../../tools/top.ts";

export type ShapedNetwork = {
  readonly seed: Host;
  readonly leechers: readonly Host[];
  readonly registry: Host;
  /** Its link has no limit: for what steers the others, and for a tracker. */
  readonly control: Host;
};

/** As `lacking` takes them. */
export const NETWORK_NEEDS = ["root", "ip", "tc", "busybox", "nsenter", "setpriv", "unshare"];

// More than the 64 KiB that the kernel hands on in one piece; and a queue as switches have, which TCP can fill.
const SHAPE = "burst 128kb latency 100ms";

/** The commands for `tc -batch` that limit these devices. */
export const shapingCommands = (devices: readonly string[], megabits: number): string =>
  devices
    .map((device) => `qdisc add dev ${device} root tbf rate ${megabits}mbit ${SHAPE}\n`)
    .join("");

/** Needs root. Everything is gone when the scope ends, or this process. */
export async function createShapedNetwork(
  scope: Scope,
  leechers: number,
  megabits: number,
): Promise<ShapedNetwork> {
  const names = ["control", "seed", "registry", ...leecherNames(leechers)];
  const specs = names.map((name, index) => [name, { address: `10.20.30.${10 + index}/24` }]);
  const net = await createNetwork(scope, Object.fromEntries(specs));
  const hostOf = (name: string): Host => net[name] ?? net.theSwitch;
  const [, ...limited] = names;
  const limit = (on: Host, devices: readonly string[]) =>
    run(program("tc"), ["-batch", "-"], { on, input: shapingCommands(devices, megabits) });
  // The switch numbers its ports in the order of the hosts.
  await limit(
    net.theSwitch,
    limited.map((_, index) => `port${index + 1}`),
  );
  for (const name of limited) await limit(hostOf(name), ["eth0"]);
  return {
    seed: hostOf("seed"),
    registry: hostOf("registry"),
    control: hostOf("control"),
    leechers: leecherNames(leechers).map(hostOf),
  };
}

const leecherNames = (count: number) => Array.from({ length: count }, (_, index) => `node${index}`);

const PORT = 7_000;
const FLOW_SECONDS = 4;
const LEAST_SHARE = 0.95;
/** Of a full Ethernet frame of 1514 bytes, 1448 are a TCP stream's. */
export const FRAME_OVER_PAYLOAD = 1514 / 1448;

/** The part of its rate that a link carries, headers counted, from the seed to a leecher. Throws when that is too little to measure by. */
export async function calibrate(
  scope: Scope,
  { seed, leechers: [leecher = seed] }: ShapedNetwork,
  megabits: number,
): Promise<number> {
  const flow = (role: string, ...args: string[]) => {
    const script = join(TOP, "bench/swarms/flow.ts");
    return [script, role, leecher.address, String(PORT), ...args];
  };
  const receiver = start(scope, nodeProgram, flow("receive"), { on: leecher });
  await receiver.line(/^listening$/);
  await run(nodeProgram, flow("send", String(FLOW_SECONDS)), { on: seed });
  const [, rate] = await receiver.line(/^rate (\d+)$/);
  const share = (Number(rate) * 8 * FRAME_OVER_PAYLOAD) / (megabits * 1e6);
  if (share < LEAST_SHARE) {
    const percent = (share * 100).toFixed(0);
    throw new Error(
      `a single flow reaches ${percent} % of a link of ${megabits} Mbit/s, and 95 % are needed to measure by: is this machine busy?`,
    );
  }
  return share;
}
