// Stored blobs whose bytes are not what they were: what is wrong is given to nobody.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { until } from "../swarm-contract.ts";
import { aBlob } from "../test-blob.ts";
import { createTracker, type Tracker } from "../tracker-server.ts";
import type { LeanSwarm } from "./engine.ts";
import { aLeanSwarm } from "./test-swarm.ts";

const PIECE = 256 * 1024;
const PIECES = 5;
const blob = aBlob(PIECES * PIECE - 77);

describe("a served file", { timeout: 60_000 }, () => {
  let directory: string;
  let tracker: Tracker;
  let files = 0;
  const swarms = new Set<LeanSwarm>();
  const path = () => join(directory, `file-${++files}`);
  const create = async () => {
    const swarm = await aLeanSwarm();
    swarms.add(swarm);
    return swarm;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "served-file-"));
    tracker = await createTracker({ listen: { host: "127.0.0.1", port: 0 }, admits: () => true });
  });
  afterEach(async () => {
    await Promise.all([...swarms].map((swarm) => swarm.close()));
    swarms.clear();
  });
  after(async () => {
    await tracker.close();
    await rm(directory, { recursive: true });
  });

  /** A seeder of such a file, and somebody who takes from it. */
  async function served(bytes: Uint8Array) {
    const file = path();
    await writeFile(file, bytes);
    const seeder = await create();
    let damages = 0;
    const onDamaged = () => {
      damages += 1;
    };
    await seeder.seed(blob.torrent, file, [tracker.url], onDamaged);
    const take = async (swarm: LeanSwarm, signal: AbortSignal) => {
      const target = path();
      await swarm.download(blob.torrent, target, { trackers: [tracker.url] }, signal);
      return await readFile(target);
    };
    return { file, take, damages: () => damages };
  }

  const flippedAt = (at: number) => {
    const bytes = Buffer.from(blob.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const damaged: Readonly<Record<string, { bytes: Buffer; bad: number }>> = {
    "its first byte flipped": { bytes: flippedAt(0), bad: 1 },
    "a byte in the middle flipped": { bytes: flippedAt(2 * PIECE + 5), bad: 1 },
    "its last byte flipped": { bytes: flippedAt(blob.bytes.length - 1), bad: 1 },
    "two pieces of zeros": { bytes: Buffer.from(blob.bytes).fill(0, PIECE, 3 * PIECE), bad: 2 },
  };
  for (const [what, { bytes, bad }] of Object.entries(damaged)) {
    it(`with ${what} gives the other pieces, and says so once`, async () => {
      const { take, damages } = await served(bytes);
      const leecher = await create();
      const stop = new AbortController();
      const taking = take(leecher, stop.signal);
      taking.catch(() => {});
      const most = blob.bytes.length - bad * PIECE;
      await until(() => damages() > 0 && leecher.stats().downloadedBytes >= most);
      assert.equal(leecher.stats().badPieces, 0);
      assert.equal(damages(), 1);
      stop.abort(new Error("enough was seen"));
      await assert.rejects(taking, /enough was seen/);
    });
  }

  for (const [what, change] of Object.entries({
    "changed in its place": (file: string) => writeFile(file, flippedAt(PIECE), { flag: "r+" }),
    "cut short": (file: string) => truncate(file, PIECE + 1),
  })) {
    it(`that was right, and is then ${what}, is looked at again`, async () => {
      const { file, take, damages } = await served(Buffer.from(blob.bytes));
      const never = new AbortController().signal;
      assert.ok((await take(await create(), never)).equals(blob.bytes));
      assert.equal(damages(), 0);
      await Promise.all([...swarms].slice(1).map((swarm) => swarm.close()));
      await change(file);
      // What was looked at a moment ago is given away: who gets it refuses it, and asks no more.
      for (let asked = 0; damages() === 0 && asked < 20; asked += 1) {
        const leecher = await create();
        const stop = new AbortController();
        const taking = take(leecher, stop.signal);
        taking.catch(() => {});
        await until(() => damages() === 1 || leecher.stats().badPieces > 0);
        stop.abort(new Error("enough was seen"));
        await assert.rejects(taking, /enough was seen/);
      }
      assert.equal(damages(), 1);
    });
  }
});
