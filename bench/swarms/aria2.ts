import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../../e2e/support/at-end.ts";
import type { Host } from "../../e2e/support/netns.ts";
import { type Running, start } from "../../e2e/support/processes.ts";
import { nodeProgram, ourProgram, program } from "../../e2e/support/programs.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { TOP } from "../../tools/top.ts";
import { SAME_NODE } from "../daemons.ts";
import { versionOf } from "../machine.ts";
import { imageTorrent, seedFiles } from "./seed-files.ts";
import {
  type Course,
  type CourseImage,
  RACE_TIMEOUT_MS,
  type Ready,
  type System,
} from "./system.ts";

const PIECE_BYTES = 128 * 1024;
const RPC_PORT = 6_800;
const TRACKER_PORT = 6_882;

/** Its fastest settings that we found; docs/adr/0006-how-we-compare.md argues them. */
const FLAGS: readonly string[] = [
  ...["--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false"],
  ...["--enable-peer-exchange=true", "--bt-tracker-interval=5", "--bt-max-peers=0"],
  // Else it asks for no further peers above 50 KB/s.
  "--bt-request-peer-speed-limit=1000M",
  ...["--seed-ratio=0.0", "--bt-min-crypto-level=plain", "--bt-require-crypto=false"],
  ...["--file-allocation=none", "--disk-cache=64M", "--bt-seed-unverified=true"],
];

const STEERED: readonly string[] = [
  ...["--no-conf", "--summary-interval=0", "--show-console-readout=false"],
  ...["--enable-rpc", "--rpc-listen-all", `--rpc-listen-port=${RPC_PORT}`],
];

type Client = {
  readonly running: Running;
  /** Returns what aria2 calls the download. */
  add(torrent: string): Promise<string>;
  /** Until it has all of a download's files, and has told the tracker. */
  seeding(download: string): Promise<void>;
};

/** JSON-RPC through the relay's socket. */
async function askAria2(socketPath: string, method: string, params: readonly unknown[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { socketPath, path: "/jsonrpc", method: "POST", agent: false };
  const call = request(options, (answer) => text(answer).then(resolve, reject));
  call.on("error", reject).end(JSON.stringify({ jsonrpc: "2.0", id: "", method, params }));
  const { result, error } = JSON.parse(await promise) as { result?: unknown; error?: unknown };
  if (error !== undefined) throw new Error(`aria2 refused ${method}: ${JSON.stringify(error)}`);
  return result;
}

const POLL_MS = 100;

async function startClient(
  scope: Scope,
  on: Host,
  directory: string,
  relay: string,
): Promise<Client> {
  const hook = join(tempDir(scope), "hook");
  writeFileSync(hook, `#!${program("busybox")} sh\necho "complete $1"\n`, { mode: 0o755 });
  const own = [`--dir=${directory}`, `--on-bt-download-complete=${hook}`];
  const running = start(scope, program("aria2c"), [...STEERED, ...FLAGS, ...own], { on });
  await running.line(/listening on TCP port/);
  const socket = join(relay, `${on.address}.sock`);
  return {
    running,
    add: async (torrent) => String(await askAria2(socket, "aria2.addTorrent", [torrent])),
    seeding: async (download) => {
      const signal = AbortSignal.timeout(RACE_TIMEOUT_MS);
      for (;;) {
        const status = await askAria2(socket, "aria2.tellStatus", [download, ["seeder"]]);
        if ((status as { seeder?: string }).seeder === "true") return;
        await sleep(POLL_MS, undefined, { signal });
      }
    },
  };
}

async function startTracker(scope: Scope, on: Host): Promise<string> {
  const args = ["tracker", "--listen", `tcp://${on.address}:${TRACKER_PORT}`];
  const tracker = start(scope, ourProgram("oci-torrentd"), args, { on, env: SAME_NODE });
  await tracker.line(/"message":"tracker ready"/);
  return `http://${on.address}:${TRACKER_PORT}/announce`;
}

async function startRelay(scope: Scope, on: Host, hosts: readonly Host[]): Promise<string> {
  const directory = join(tempDir(scope), "relay");
  mkdirSync(directory);
  const script = join(TOP, "bench/swarms/relay.ts");
  const targets = hosts.map(({ address }) => `${address}:${RPC_PORT}`);
  const relay = start(scope, nodeProgram, [script, directory, ...targets], { on });
  await relay.line(/^relaying$/);
  return directory;
}

/** In base64, as aria2 takes them. */
async function torrentsOf(images: readonly CourseImage[], tracker: string) {
  const torrents = new Map<CourseImage, string>();
  for (const image of images) {
    const torrent = await imageTorrent(image, PIECE_BYTES, tracker);
    torrents.set(image, torrent.toString("base64"));
  }
  return (image: CourseImage) => torrents.get(image) ?? "";
}

async function prepare(scope: Scope, course: Course): Promise<Ready> {
  const { network, origin, images } = course;
  const { seed, leechers, control } = network;
  const torrentOf = await torrentsOf(images, await startTracker(scope, control));
  const relay = await startRelay(scope, control, [seed, ...leechers]);
  const files = seedFiles(scope, course);
  const seeder = await startClient(scope, seed, files.directory, relay);
  const clients = await Promise.all(
    leechers.map((host) => startClient(scope, host, tempDir(scope), relay)),
  );
  const seedNow = async (image: CourseImage) => seeder.seeding(await seeder.add(torrentOf(image)));
  const fetchAndSeed = async (image: CourseImage) => {
    await files.fetch(image);
    await seedNow(image);
  };
  if (origin === "warm") for (const image of images) await seedNow(image);
  return {
    pids: clients.map(({ running }) => running.pid),
    go: (image) => {
      const seeding = origin === "cold" ? fetchAndSeed(image) : Promise.resolve();
      return clients.map(async ({ running, add }) => {
        await seeding;
        const download = await add(torrentOf(image));
        await running.line(new RegExp(`^complete ${download}$`), RACE_TIMEOUT_MS);
      });
    },
  };
}

export const aria2: System = {
  name: "aria2",
  needs: ["aria2c", "skopeo"],
  version: () => versionOf("aria2c"),
  settings: `one torrent an image in pieces of ${PIECE_BYTES / 1_024} KiB, peers from our tracker; ${FLAGS.join(" ")}`,
  prepare,
};
