import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { atEnd, type Scope } from "../../e2e/support/at-end.ts";
import { type Daemon, startDaemon } from "../../e2e/support/daemons.ts";
import type { Host } from "../../e2e/support/netns.ts";
import { run } from "../../e2e/support/processes.ts";
import { program } from "../../e2e/support/programs.ts";
import { connectDaemon, methods, parseAddress, serverStream, unary } from "../../src/api/index.ts";
import { packageVersion } from "../../tools/build.ts";
import { TOP } from "../../tools/top.ts";
import { SAME_NODE } from "../daemons.ts";
import { type Course, RACE_TIMEOUT_MS, type Ready, type System } from "./system.ts";

const API_PORT = 20_000;
const METRICS_URL = "http://127.0.0.1:6886/metrics";

type Driven = {
  readonly daemon: Daemon;
  bring(image: string): Promise<void>;
  loopDelay(): Promise<number>;
};

async function drive(scope: Scope, on: Host, flags: readonly string[]): Promise<Driven> {
  const daemon = await startDaemon(scope, flags, { on, env: SAME_NODE });
  const client = connectDaemon(parseAddress(daemon.address));
  atEnd(scope, () => client.close());
  // Connected before the clock starts.
  await unary(client, methods.GetVersion, {});
  return {
    daemon,
    bring: async (reference) => {
      const request = { reference, allPlatforms: true, waitSeconds: 60 };
      const call = { timeoutMs: RACE_TIMEOUT_MS };
      for await (const { step } of serverStream(client, methods.StartDownload, request, call)) {
        if (step === "STEP_DONE") return;
      }
      throw new Error(`the transfer to ${on.name} ended before it was done`);
    },
    loopDelay: async () => {
      const { stdout } = await run(program("busybox"), ["wget", "-qO-", METRICS_URL], { on });
      return parseLoopDelay(stdout);
    },
  };
}

/** How often the daemon looks at its event loop, which counts as delay: see src/runtime/process-metrics.ts. */
const PRECISION_SECONDS = 0.1;

/** From a daemon's metrics; they begin anew each time that they are read. */
export function parseLoopDelay(metrics: string): number {
  const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)?.[1];
  return Math.max(0, Number(seconds) - PRECISION_SECONDS);
}

/** Flags of one role or both. */
export type Flags = {
  readonly seeder: readonly string[];
  readonly leecher: readonly string[];
  /** By the address of the host. */
  readonly each: (host: Host) => readonly string[];
};

/** Starts a seeder and leechers; the flags are beside those that make them a swarm. */
export async function prepareDaemons(
  scope: Scope,
  { network, registry, images, origin }: Course,
  flags: Flags,
): Promise<Ready> {
  const { seed, leechers } = network;
  const api = `tcp://${seed.address}:${API_PORT}`;
  const insecure = `--insecure-registry=${registry.address}`;
  const asSeeder = ["--bt-seeder", `--listen=${api}`, insecure, ...flags.seeder];
  const asLeecher = [`--seeder-addr=${api}`, ...flags.leecher];
  const [seeder, ...others] = await Promise.all([
    drive(scope, seed, [...asSeeder, ...flags.each(seed)]),
    ...leechers.map((host) => drive(scope, host, [...asLeecher, ...flags.each(host)])),
  ]);
  if (origin === "warm") for (const { name } of images) await seeder.bring(name);
  return {
    pids: others.map(({ daemon }) => daemon.process.pid),
    loopDelay: async () =>
      Math.max(...(await Promise.all(others.map(({ loopDelay }) => loopDelay())))),
    go: ({ name }) => {
      // Its failure shows in those who wait for it.
      if (origin === "cold") seeder.bring(name).catch(() => {});
      return others.map(({ bring }) => bring(name));
    },
  };
}

export const NO_FLAGS: Flags = { seeder: [], leecher: [], each: () => [] };

const version = async () => packageVersion();

/** Our daemons, driven through their API, with their default engine. */
export const ours: System = {
  name: "ours",
  needs: [],
  version,
  settings: "oci-torrentd with its defaults",
  prepare: (scope, course) => prepareDaemons(scope, course, NO_FLAGS),
};

/** package.json pins it exactly. */
async function webtorrentVersion(): Promise<string> {
  const text = await readFile(join(TOP, "package.json"), "utf8");
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
  return devDependencies["webtorrent"] ?? "unknown";
}

const ENGINE = ["--engine=webtorrent"];

/** Our daemons with webtorrent as their engine. */
export const webtorrent: System = {
  name: "webtorrent",
  needs: [],
  version: webtorrentVersion,
  settings: `oci-torrentd ${ENGINE.join(" ")}, else with its defaults; one torrent a layer`,
  prepare: (scope, course) => prepareDaemons(scope, course, { ...NO_FLAGS, each: () => ENGINE }),
};
