// Blobs that are served while they are written, and fetched by their digest alone.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { GrowingBlob, NamedDownloadOptions, Progress } from "../swarm.ts";
import { until } from "../swarm-contract.ts";
import { swarmName } from "../swarm-name.ts";
import { aBlob, type TestBlob } from "../test-blob.ts";
import { hashOfPiece, piecesOf } from "../torrent.ts";
import { createTracker, type Tracker } from "../tracker-server.ts";
import type { LeanSwarm, LeanSwarmOptions } from "./engine.ts";
import { aLeanSwarm } from "./test-swarm.ts";

const PIECE = 256 * 1024;
const never = new AbortController().signal;

describe("cut-through", { timeout: 60_000 }, () => {
  let directory: string;
  let tracker: Tracker;
  let files = 0;
  const swarms = new Set<LeanSwarm>();
  const handles = new Set<FileHandle>();

  const create = async (options: Partial<LeanSwarmOptions> = {}) => {
    const swarm = await aLeanSwarm(options);
    swarms.add(swarm);
    return swarm;
  };
  const path = () => join(directory, `file-${++files}`);
  const fetchNamed = (
    swarm: LeanSwarm,
    { torrent: { name, size } }: TestBlob,
    file: string,
    options: Partial<NamedDownloadOptions> = {},
    signal = never,
  ) => swarm.downloadNamed({ name, size }, file, { trackers: [tracker.url], ...options }, signal);

  /** A swarm that is given the blob's pieces one by one. */
  const growing = async (blob: TestBlob, as: TestBlob = blob) => {
    const swarm = await create();
    const file = path();
    const { name, size } = as.torrent;
    const seed = await swarm.seedGrowing({ name, size }, file, [tracker.url]);
    const handle = await open(file, "w");
    handles.add(handle);
    const write = async (from: number, to = piecesOf(blob.torrent)) => {
      for (let piece = from; piece < to; piece += 1) {
        const bytes = blob.bytes.subarray(piece * PIECE, (piece + 1) * PIECE);
        await handle.write(bytes, 0, bytes.length, piece * PIECE);
        seed.pieceWritten(hashOfPiece(blob.torrent, piece));
      }
    };
    return { swarm, seed, write, handle };
  };
  const assertHolds = async (file: string, blob: TestBlob) =>
    assert.ok((await readFile(file)).equals(blob.bytes), "the file holds the blob's bytes");

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cut-through-"));
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

  it("brings a blob to a leecher that knows its digest alone, and makes the same torrent", async () => {
    const blob = aBlob(5 * PIECE + 99);
    const seeder = await create();
    const source = path();
    await writeFile(source, blob.bytes);
    await seeder.seed(blob.torrent, source, [tracker.url]);
    const leecher = await create();
    const file = path();
    const result = await fetchNamed(leecher, blob, file);
    assert.deepEqual(result, {
      torrent: blob.torrent,
      resumedBytes: 0,
      peerBytes: blob.bytes.length,
      proven: true,
    });
    await assertHolds(file, blob);
    assert.equal(existsSync(`${file}.state`), false);
    await leecher.seed(blob.torrent, file, []);
    assert.equal(leecher.stats().torrents, 1);
  });

  it("brings a blob from an agent that was suggested, though no tracker names it", async () => {
    const blob = aBlob(2 * PIECE);
    const seeder = await create();
    const source = path();
    await writeFile(source, blob.bytes);
    await seeder.seed(blob.torrent, source, []);
    const leecher = await create();
    const { host, port } = seeder.listening;
    leecher.suggest(blob.torrent, [`${host}:${port}`]);
    const file = path();
    const download = fetchNamed(leecher, blob, file, { trackers: [] });
    await until(() => leecher.heldPieces(blob.torrent) !== undefined);
    assert.equal(leecher.stats().peers, 0);
    leecher.suggest(blob.torrent, [`${host}:${port}`]);
    await download;
    await assertHolds(file, blob);
    leecher.suggest(blob.torrent, [`${host}:${port}`]);
  });

  it("says which pieces are here, of a blob that is written, fetched or whole", async () => {
    const blob = aBlob(9 * PIECE + 1);
    const { swarm, seed, write } = await growing(blob);
    const leecher = await create();
    const held = (of: LeanSwarm) => [...(of.heldPieces(blob.torrent) ?? [])];
    assert.deepEqual(held(leecher), []);
    const download = fetchNamed(leecher, blob, path());
    await write(0, 3);
    await until(() => held(leecher)[0] === 0b1110_0000);
    assert.deepEqual(held(swarm), [0b1110_0000, 0]);
    await write(3);
    await seed.complete(blob.torrent);
    await download;
    assert.deepEqual(held(leecher), [0xff, 0b1100_0000]);
    assert.deepEqual(held(swarm), [0xff, 0b1100_0000]);
  });

  it("gives a piece on while the next ones are still to be written", async () => {
    const blob = aBlob(6 * PIECE + 1);
    const { swarm, seed, write } = await growing(blob);
    const [file, second] = [path(), path()];
    let has = 0;
    const onProgress = (now: Progress) => {
      has = now.completedBytes;
    };
    const download = fetchNamed(await create(), blob, file, { onProgress });
    await write(0, 1);
    await until(() => has === PIECE);
    const relayed = fetchNamed(await create(), blob, second);
    await write(1, 4);
    await until(() => has === 4 * PIECE);
    await write(4);
    await download;
    await seed.complete(blob.torrent);
    await relayed;
    await assertHolds(file, blob);
    await assertHolds(second, blob);
    await seed.complete(blob.torrent);
    await swarm.seed(blob.torrent, path(), []);
    assert.equal(swarm.stats().torrents, 1);
    await swarm.drop(blob.torrent.infoHash);
    assert.equal(swarm.stats().torrents, 0);
  });

  it("serves a complete blob to those who came late", async () => {
    const blob = aBlob(2 * PIECE);
    const { seed, write } = await growing(blob);
    await write(0);
    await seed.complete(blob.torrent);
    const [file, named] = [path(), path()];
    const options = { trackers: [tracker.url] };
    await (await create()).download(blob.torrent, file, options, never);
    await fetchNamed(await create(), blob, named);
    await assertHolds(file, blob);
    await assertHolds(named, blob);
  });

  it("waits with a piece until it is in the file", async () => {
    const blob = aBlob(2 * PIECE);
    const { seed, write, handle } = await growing(blob);
    seed.pieceWritten(hashOfPiece(blob.torrent, 0));
    await handle.write(blob.bytes, 0, PIECE - 1, 0);
    let has = 0;
    const onProgress = (now: Progress) => {
      has = now.completedBytes;
    };
    const file = path();
    const leecher = await create();
    const download = fetchNamed(leecher, blob, file, { onProgress });
    await until(() => leecher.stats().peers === 1);
    await handle.write(blob.bytes, PIECE - 1, 1, PIECE - 1);
    await until(() => has === PIECE);
    await write(1);
    await download;
    await assertHolds(file, blob);
    assert.equal(leecher.stats().badPieces, 0);
  });

  it("begins anew with the bytes when its source was wrong, and so do its peers", async () => {
    const blob = aBlob(4 * PIECE);
    const wrong = aBlob(4 * PIECE, 2);
    const { seed, write, handle } = await growing(blob);
    const sourceWrites = async (from: TestBlob, piece: number) => {
      await handle.write(from.bytes, piece * PIECE, PIECE, piece * PIECE);
      seed.pieceWritten(hashOfPiece(from.torrent, piece));
    };
    await sourceWrites(blob, 0);
    await sourceWrites(wrong, 1);
    const had: number[] = [];
    const file = path();
    const download = fetchNamed(await create(), blob, file, {
      onProgress: (now) => had.push(now.completedBytes),
    });
    await until(() => had.includes(2 * PIECE));
    await handle.truncate(0);
    seed.restart();
    await write(0);
    await seed.complete(blob.torrent);
    assert.deepEqual((await download).torrent, blob.torrent);
    await assertHolds(file, blob);
  });

  it("goes on from its state after an abort", async () => {
    const blob = aBlob(8 * PIECE + 3);
    const { seed, write } = await growing(blob);
    const file = path();
    await write(0, 5);
    const abort = new AbortController();
    const reason = new Error("enough");
    const onProgress = (now: Progress) => {
      if (now.completedBytes >= 5 * PIECE) abort.abort(reason);
    };
    const first = fetchNamed(await create(), blob, file, { onProgress }, abort.signal);
    await assert.rejects(first, reason);
    assert.equal(existsSync(`${file}.state`), true);
    await write(5);
    await seed.complete(blob.torrent);
    const result = await fetchNamed(await create(), blob, file);
    assert.deepEqual([result.resumedBytes, result.peerBytes], [5 * PIECE, 3 * PIECE + 3]);
    await assertHolds(file, blob);
    assert.equal(existsSync(`${file}.state`), false);
  });

  it("fetches again what changed on disk since its state was written, and all of it without a state", async () => {
    const blob = aBlob(4 * PIECE);
    const { write } = await growing(blob);
    const file = path();
    const run = async (pieces: number) => {
      const abort = new AbortController();
      const stop = new Error("enough");
      const onProgress = (now: Progress) => {
        if (now.completedBytes >= pieces * PIECE) abort.abort(stop);
      };
      await assert.rejects(
        fetchNamed(await create(), blob, file, { onProgress }, abort.signal),
        stop,
      );
    };
    await write(0, 3);
    await run(3);
    const changed = await open(file, "r+");
    await changed.write(Buffer.from([1, 2, 3]), 0, 3, PIECE + 5);
    await changed.close();
    await write(3);
    const result = await fetchNamed(await create(), blob, file);
    assert.equal(result.resumedBytes, 2 * PIECE);
    await assertHolds(file, blob);
    const again = await fetchNamed(await create(), blob, file);
    assert.equal(again.resumedBytes, 0);
  });

  it("believes the issuer when peers tell different hashes, and finishes from the honest one", async () => {
    const blob = aBlob(6 * PIECE);
    const lies = aBlob(6 * PIECE, 2);
    const liar = await growing(lies, blob);
    await liar.write(0);
    const honest = await growing(blob);
    await honest.write(0);
    await honest.seed.complete(blob.torrent);
    const file = path();
    const issuerHashes = async () => blob.torrent.pieces;
    const { torrent } = await fetchNamed(await create(), blob, file, { issuerHashes });
    assert.deepEqual(torrent, blob.torrent);
    await assertHolds(file, blob);
  });

  it("says so when the issuer's own hashes are of other bytes", async () => {
    const blob = aBlob(2 * PIECE);
    const lies = aBlob(2 * PIECE, 2);
    const liar = await growing(lies, blob);
    await liar.write(0);
    const issuerHashes = async () => lies.torrent.pieces;
    for (const options of [{}, { issuerHashes }]) {
      const download = fetchNamed(await create(), blob, path(), options);
      await assert.rejects(download, { name: "BtError", code: "DIGEST_MISMATCH" });
    }
  });

  it("serves nothing once it is abandoned", async () => {
    const blob = aBlob(3 * PIECE);
    const { swarm, seed, write } = await growing(blob);
    await write(0, 2);
    const had: number[] = [];
    const leecher = await create();
    const abort = new AbortController();
    const onProgress = (now: Progress) => had.push(now.completedBytes);
    const download = fetchNamed(leecher, blob, path(), { onProgress }, abort.signal);
    const rejected = assert.rejects(download, abort.signal.reason);
    await until(() => had.includes(2 * PIECE));
    await seed.abandon();
    assert.equal(swarm.stats().torrents, 0);
    seed.pieceWritten(new Uint8Array(20));
    seed.restart();
    await seed.complete(blob.torrent);
    assert.equal(swarm.stats().torrents, 0);
    abort.abort();
    await rejected;
  });

  it("is dropped by its swarm name, and is one with the torrent's own", async () => {
    const blob = aBlob(2 * PIECE);
    const { swarm, write } = await growing(blob);
    await write(0, 1);
    const { name, size } = blob.torrent;
    const again: Promise<GrowingBlob> = swarm.seedGrowing({ name, size }, path(), []);
    await assert.rejects(again, { code: "STORAGE_FAILED" });
    await assert.rejects(fetchNamed(swarm, blob, path()), { code: "STORAGE_FAILED" });
    await swarm.drop(swarmName(blob.torrent));
    assert.equal(swarm.stats().torrents, 0);
  });
});
