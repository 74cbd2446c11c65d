import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../e2e/support/at-end.ts";
import type { Host } from "../../e2e/support/netns.ts";
import { type Running, run, start } from "../../e2e/support/processes.ts";
import { program } from "../../e2e/support/programs.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { TOP } from "../../tools/top.ts";
import { imageTorrent, seedFiles } from "./seed-files.ts";
import {
  type Course,
  type CourseImage,
  imageBytes,
  RACE_TIMEOUT_MS,
  type Ready,
  type System,
} from "./system.ts";

const KIB = 1024;
const PIECES_AT_LEAST = 1_024;

/** A power of two from 16 to 64 KiB that makes a thousand pieces, if one does. */
export const pieceBytesFor = (bytes: number): number =>
  KIB * 2 ** Math.min(6, Math.max(4, Math.floor(Math.log2(bytes / PIECES_AT_LEAST / KIB))));

const PORT = 6_881;

/** Its fastest settings that we found; docs/adr/0006-how-we-compare.md argues them. */
const SETTINGS = {
  // Peers are told to it; nothing else is asked.
  ...{ enable_dht: false, enable_lsd: false, enable_upnp: false, enable_natpmp: false },
  // TCP alone, in plain.
  ...{ enable_outgoing_utp: false, enable_incoming_utp: false },
  ...{ out_enc_policy: 2, in_enc_policy: 2 },
  // A fixed number of unchoke slots, not one that follows the rates.
  ...{ choking_algorithm: 0, unchoke_slots_limit: 6 },
  ...{ max_out_request_queue: 16, request_queue_time: 1 },
  ...{ send_buffer_low_watermark: 65_536, send_buffer_watermark: 524_288 },
  ...{ connection_speed: 500, torrent_connect_boost: 100, smooth_connects: false },
};

type Task = {
  readonly role: "seed" | "leech";
  readonly torrents: readonly string[];
  readonly directory: string;
  readonly peers: readonly Host[];
};

async function startPeer(scope: Scope, on: Host, task: Task): Promise<Running> {
  const peers = task.peers.map(({ address }) => [address, PORT]);
  const listen = `${on.address}:${PORT}`;
  const argument = JSON.stringify({ ...task, peers, listen, settings: SETTINGS });
  const script = join(TOP, "bench/swarms/libtorrent-peer.py");
  const peer = start(scope, program("python3"), [script, argument], { on });
  await peer.line(/^ready$/);
  return peer;
}

async function torrentFiles(scope: Scope, images: readonly CourseImage[]): Promise<string[]> {
  const directory = tempDir(scope);
  const files: string[] = [];
  for (const [number, image] of images.entries()) {
    const file = join(directory, `${number}.torrent`);
    writeFileSync(file, await imageTorrent(image, pieceBytesFor(imageBytes(image))));
    files.push(file);
  }
  return files;
}

async function prepare(scope: Scope, course: Course): Promise<Ready> {
  const { network, origin, images } = course;
  const { seed, leechers } = network;
  const torrents = await torrentFiles(scope, images);
  const files = seedFiles(scope, course);
  const seeder = await startPeer(scope, seed, {
    ...{ role: "seed", torrents, directory: files.directory, peers: [] },
  });
  const peers = await Promise.all(
    leechers.map((host) => {
      const others = [seed, ...leechers.filter((other) => other !== host)];
      const directory = tempDir(scope);
      return startPeer(scope, host, { role: "leech", torrents, directory, peers: others });
    }),
  );
  const seedNext = async (number: number) => {
    seeder.kill("SIGUSR1");
    await seeder.line(new RegExp(`^added ${number}$`));
  };
  const fetchAndSeed = async (image: CourseImage) => {
    await files.fetch(image);
    await seedNext(images.indexOf(image));
  };
  if (origin === "warm") for (const number of images.keys()) await seedNext(number);
  return {
    pids: peers.map(({ pid }) => pid),
    go: (image) => {
      const seeding = origin === "cold" ? fetchAndSeed(image) : Promise.resolve();
      const complete = new RegExp(`^complete ${images.indexOf(image)}$`);
      return peers.map(async (peer) => {
        await seeding;
        peer.kill("SIGUSR1");
        await peer.line(complete, RACE_TIMEOUT_MS);
      });
    },
  };
}

async function version(): Promise<string> {
  const print = "import libtorrent; print(libtorrent.__version__)";
  const { stdout } = await run(program("python3"), ["-c", print]);
  return stdout.trim();
}

/** Through its Python binding, which is what Debian has of it; the work is done in C++. */
export const libtorrent: System = {
  name: "libtorrent",
  needs: ["python3", "python3-libtorrent", "skopeo"],
  version,
  settings: `one torrent an image in pieces of 16 to 64 KiB, every peer told at once; ${JSON.stringify(SETTINGS)}`,
  prepare,
};
