// Downloads that may take from elsewhere what no peer brings.
import assert from "node:assert/strict";
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Fallback, NamedDownloadOptions } from "../swarm.ts";
import { until } from "../swarm-contract.ts";
import { aBlob, type TestBlob } from "../test-blob.ts";
import { hashOfPiece } from "../torrent.ts";
import { createTracker, type Tracker } from "../tracker-server.ts";
import type { LeanSwarm } from "./engine.ts";
import { aLeanSwarm } from "./test-swarm.ts";

const PIECE = 256 * 1024;
const never = new AbortController().signal;

/** Gives the blob's bytes, as often as asked, and remembers what it gave. */
function aFallback({ bytes }: TestBlob, before: (asked: number) => Promise<void> = async () => {}) {
  const asks: { readonly from: number; readonly signal: AbortSignal; given: number }[] = [];
  const fallback: Fallback = {
    async *open(from, signal) {
      const ask = { from, signal, given: 0 };
      asks.push(ask);
      await before(asks.length);
      for (let at = from; at < bytes.length; at += 100_000) {
        const chunk = bytes.subarray(at, at + 100_000);
        ask.given += chunk.length;
        yield chunk;
        if (signal.aborted) return;
      }
    },
  };
  const given = () => asks.reduce((sum, ask) => sum + ask.given, 0);
  return { fallback, asks, given };
}

describe("a fallback", { timeout: 60_000 }, () => {
  let directory: string;
  let tracker: Tracker;
  let files = 0;
  const swarms = new Set<LeanSwarm>();
  const handles = new Set<FileHandle>();
  const path = () => join(directory, `file-${++files}`);

  const create = async (fallbackAfterMs = 100) => {
    const swarm = await aLeanSwarm({ fallbackAfterMs });
    swarms.add(swarm);
    return swarm;
  };
  const fetchNamed = (
    swarm: LeanSwarm,
    { torrent: { name, size } }: TestBlob,
    file: string,
    options: Partial<NamedDownloadOptions> = {},
  ) => swarm.downloadNamed({ name, size }, file, { trackers: [tracker.url], ...options }, never);

  const assertHolds = async (file: string, blob: TestBlob) =>
    assert.ok((await readFile(file)).equals(blob.bytes), "the file holds the blob's bytes");

  /** A swarm that writes and serves the first pieces of a blob, and no more. */
  async function beginning(blob: TestBlob, pieces: number): Promise<LeanSwarm> {
    const swarm = await create();
    const file = path();
    const { name, size } = blob.torrent;
    const seed = await swarm.seedGrowing({ name, size }, file, [tracker.url]);
    const handle = await open(file, "w");
    handles.add(handle);
    await handle.write(blob.bytes.subarray(0, pieces * PIECE), 0);
    for (let piece = 0; piece < pieces; piece += 1)
      seed.pieceWritten(hashOfPiece(blob.torrent, piece));
    return swarm;
  }

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fallback-"));
    tracker = await createTracker({ listen: { host: "127.0.0.1", port: 0 }, admits: () => true });
  });
  afterEach(async () => {
    await Promise.all([...swarms].map((swarm) => swarm.close()));
    await Promise.all([...handles].map((handle) => handle.close()));
    swarms.clear();
    handles.clear();
  });
  after(async () => {
    await tracker.close();
    await rm(directory, { recursive: true });
  });

  it("brings all of a blob that nobody has", async () => {
    const blob = aBlob(5 * PIECE + 99);
    const { fallback, asks } = aFallback(blob);
    const file = path();
    const result = await fetchNamed(await create(), blob, file, { fallback });
    assert.deepEqual([result.peerBytes, result.resumedBytes], [0, 0]);
    assert.deepEqual(result.torrent, blob.torrent);
    assert.equal(asks.length, 1);
    await assertHolds(file, blob);
  });

  it("is not asked while a peer brings all of it", async () => {
    const blob = aBlob(3 * PIECE);
    const origin = aFallback(blob);
    const second = aFallback(blob);
    const first = await create();
    await fetchNamed(first, blob, path(), { fallback: origin.fallback });
    await fetchNamed(await create(30_000), blob, path(), { fallback: second.fallback });
    assert.deepEqual([origin.asks.length, second.asks.length], [1, 0]);
  });

  it("goes on where the origin died, and those without one get the rest from who has one", async () => {
    const blob = aBlob(12 * PIECE + 5);
    const origin = await beginning(blob, 7);
    const { fallback, asks, given } = aFallback(blob);
    const completed = [0, 0];
    const downloads = [{ fallback }, {}].map(async (options, index) => {
      const file = path();
      const onProgress = ({ completedBytes }: { completedBytes: number }) => {
        completed[index] = completedBytes;
      };
      await fetchNamed(await create(1_000), blob, file, { ...options, onProgress });
      await assertHolds(file, blob);
    });
    await until(() => completed.every((bytes) => bytes === 7 * PIECE));
    assert.equal(asks.length, 0);
    await origin.close();
    await Promise.all(downloads);
    assert.deepEqual(
      asks.map(({ from }) => from),
      [7 * PIECE],
    );
    assert.equal(given(), 5 * PIECE + 5);
  });

  it("is asked again when it has failed", async () => {
    const blob = aBlob(2 * PIECE);
    const { fallback, asks } = aFallback(blob, async (asked) => {
      if (asked < 3) throw new Error("the registry is away");
    });
    const file = path();
    await fetchNamed(await create(), blob, file, { fallback });
    assert.equal(asks.length, 3);
    await assertHolds(file, blob);
  });

  it("of one node is asked, when several could ask at the same moment", async () => {
    const blob = aBlob(6 * PIECE);
    const origin = await beginning(blob, 1);
    const { fallback, asks, given } = aFallback(blob);
    const leechers = await Promise.all([0, 1, 2].map(() => create(1_000)));
    const downloads = leechers.map(async (leecher) => {
      const file = path();
      await fetchNamed(leecher, blob, file, { fallback });
      await assertHolds(file, blob);
    });
    // Each has what there is, and is linked with the origin and with the others.
    const stats = () => leechers.map((leecher) => leecher.stats());
    await until(() =>
      stats().every(({ peers, downloadedBytes }) => peers === 3 && downloadedBytes === PIECE),
    );
    await origin.close();
    await Promise.all(downloads);
    assert.equal(asks.length, 1);
    assert.equal(given(), 5 * PIECE);
  });
});
