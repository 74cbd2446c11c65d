// For tests: what every engine must do. Each engine's test file calls `swarmContract` with a way to create one.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { DownloadResult, Progress, Rates, Swarm, Torrent } from "./swarm.ts";
import { aBlob, type TestBlob } from "./test-blob.ts";
import { createTracker, type Tracker } from "./tracker-server.ts";

export type CreateSwarm = (options: {
  readonly listen: { readonly host: string; readonly port: number };
  readonly rates: Rates;
  /** Called before bytes of a piece are written to disk; what it throws is what the disk says. */
  beforeWrite?(bytes: number): void;
  /** It gives away whatever its files hold. */
  readonly isLiar?: true;
}) => Promise<Swarm>;

const KIB = 1024;
const PIECE = 256 * KIB;
const UNLIMITED: Rates = { upload: 0, download: 0 };
const never = new AbortController().signal;

export function swarmContract(name: string, createSwarm: CreateSwarm): void {
  describe(`${name} as a Swarm`, { timeout: 60_000 }, () => {
    let directory: string;
    let tracker: Tracker;
    const swarms = new Set<Swarm>();

    const create = async (options: Partial<Parameters<CreateSwarm>[0]> = {}): Promise<Swarm> => {
      const listen = { host: "127.0.0.1", port: 0 };
      const swarm = await createSwarm({ listen, rates: UNLIMITED, ...options });
      swarms.add(swarm);
      return swarm;
    };
    let files = 0;
    const path = (): string => {
      files += 1;
      return join(directory, `file-${files}`);
    };
    const written = async (bytes: Uint8Array): Promise<string> => {
      const file = path();
      await writeFile(file, bytes);
      return file;
    };
    const seeder = async (blob: TestBlob, rates: Rates = UNLIMITED): Promise<Swarm> => {
      const swarm = await create({ rates });
      await swarm.seed(blob.torrent, await written(blob.bytes), [tracker.url]);
      return swarm;
    };
    const fetchWith = (swarm: Swarm, torrent: Torrent, file: string, signal = never) =>
      swarm.download(torrent, file, { trackers: [tracker.url] }, signal);
    const assertHolds = async (file: string, blob: TestBlob) =>
      assert.ok((await readFile(file)).equals(blob.bytes), "the file holds the blob's bytes");

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "swarm-contract-"));
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

    const sizes = {
      "of one byte": 1,
      "of exactly one piece": PIECE,
      "of several pieces, the last short": 5 * PIECE + 12_345,
    };
    for (const [what, size] of Object.entries(sizes)) {
      it(`brings a blob ${what} from a seeder to a leecher`, async () => {
        const blob = aBlob(size);
        await seeder(blob);
        const file = path();
        const result = await fetchWith(await create(), blob.torrent, file);
        assert.deepEqual(bytesOf(result), { resumedBytes: 0, peerBytes: size });
        await assertHolds(file, blob);
      });
    }

    it("brings several blobs to several leechers at once, and its counters add up", async () => {
      const blobs = [3 * PIECE + 1, 2 * PIECE, 70_000].map((size, seed) => aBlob(size, seed));
      const source = await create();
      for (const { torrent, bytes } of blobs) {
        await source.seed(torrent, await written(bytes), [tracker.url]);
      }
      const leechers = await Promise.all([create(), create()]);
      const transfers = leechers.flatMap((leecher) =>
        blobs.map(async (blob) => {
          const file = path();
          await fetchWith(leecher, blob.torrent, file);
          await assertHolds(file, blob);
        }),
      );
      await Promise.all(transfers);
      const total = blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const sent = [source, ...leechers].map((swarm) => swarm.stats().uploadedBytes);
      for (const leecher of leechers) {
        const stats = leecher.stats();
        assert.equal(stats.torrents, blobs.length);
        assert.equal(stats.downloadedBytes - stats.wastedBytes, total);
        assert.equal(stats.badPieces, 0);
      }
      assert.equal(source.stats().downloadedBytes, 0);
      assert.ok(sent.reduce((sum, bytes) => sum + bytes) >= leechers.length * total);
    });

    it("lets a leecher pass on what it has", async () => {
      const blob = aBlob(3 * PIECE);
      const source = await seeder(blob);
      const first = await create();
      await fetchWith(first, blob.torrent, path());
      await source.close();
      const file = path();
      await fetchWith(await create(), blob.torrent, file);
      await assertHolds(file, blob);
      assert.ok(first.stats().uploadedBytes >= blob.bytes.length);
    });

    it("tells of progress, and last that everything is there", async () => {
      const blob = aBlob(4 * PIECE + 1);
      await seeder(blob, { upload: 1024 * KIB, download: 0 });
      const told: Progress[] = [];
      const options = { trackers: [tracker.url], onProgress: (now: Progress) => told.push(now) };
      await (await create()).download(blob.torrent, path(), options, never);
      const counts = told.map((now) => now.completedBytes);
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      );
      assert.ok(told.length > 1 && told[0]?.peers === 1);
      assert.equal(counts.at(-1), blob.bytes.length);
    });

    it("goes on from the verified pieces after an abort", async () => {
      const blob = aBlob(8 * PIECE + 9);
      const source = await seeder(blob, { upload: 2048 * KIB, download: 0 });
      const file = path();
      const reason = new Error("enough");
      const abort = new AbortController();
      const first = await create();
      const onProgress = (now: Progress) => {
        if (now.completedBytes >= 3 * PIECE) abort.abort(reason);
      };
      const options = { trackers: [tracker.url], onProgress };
      await assert.rejects(first.download(blob.torrent, file, options, abort.signal), reason);
      assert.equal(first.stats().torrents, 0);
      source.setRates(UNLIMITED);
      const { resumedBytes, peerBytes } = await fetchWith(await create(), blob.torrent, file);
      assert.ok(resumedBytes >= 3 * PIECE, `${resumedBytes} bytes resumed`);
      assert.equal(resumedBytes + peerBytes, blob.bytes.length);
      await assertHolds(file, blob);
    });

    it("fetches again what has changed on disk since", async () => {
      const blob = aBlob(4 * PIECE + 5);
      await seeder(blob);
      const damaged = Buffer.from(blob.bytes);
      damaged[PIECE + 7] = (damaged[PIECE + 7] ?? 0) ^ 1;
      damaged[4 * PIECE] = (damaged[4 * PIECE] ?? 0) ^ 1;
      const file = await written(damaged);
      const result = await fetchWith(await create(), blob.torrent, file);
      assert.deepEqual(bytesOf(result), { resumedBytes: 3 * PIECE, peerBytes: PIECE + 5 });
      await assertHolds(file, blob);
    });

    it("takes what is left of a shorter file, and cuts a longer one", async () => {
      const blob = aBlob(3 * PIECE);
      await seeder(blob);
      const short = await written(blob.bytes.subarray(0, PIECE + 100));
      const long = await written(Buffer.concat([blob.bytes, Buffer.from("more")]));
      const leecher = await create();
      assert.equal((await fetchWith(leecher, blob.torrent, short)).resumedBytes, PIECE);
      await leecher.drop(blob.torrent.infoHash);
      assert.equal((await fetchWith(leecher, blob.torrent, long)).resumedBytes, 3 * PIECE);
      await assertHolds(short, blob);
      await assertHolds(long, blob);
    });

    it("needs no peer when every piece is on disk, and serves them", async () => {
      const blob = aBlob(2 * PIECE);
      const result = await fetchWith(await create(), blob.torrent, await written(blob.bytes));
      assert.deepEqual(bytesOf(result), { resumedBytes: 2 * PIECE, peerBytes: 0 });
      const file = path();
      await fetchWith(await create(), blob.torrent, file);
      await assertHolds(file, blob);
    });

    it("refuses to seed a file that is absent or of another size", async () => {
      const { torrent, bytes } = aBlob(PIECE + 1);
      const swarm = await create();
      const cut = await written(bytes.subarray(1));
      await assert.rejects(swarm.seed(torrent, cut, []), { code: "STORAGE_FAILED" });
      await assert.rejects(swarm.seed(torrent, path(), []), { code: "STORAGE_FAILED" });
      assert.equal(swarm.stats().torrents, 0);
      await swarm.seed(torrent, await written(bytes), []);
      assert.equal(swarm.stats().torrents, 1);
    });

    it("takes seeding the same torrent twice as one, and refuses to download what it has", async () => {
      const blob = aBlob(PIECE);
      const swarm = await seeder(blob);
      await swarm.seed(blob.torrent, path(), []);
      assert.equal(swarm.stats().torrents, 1);
      await assert.rejects(fetchWith(swarm, blob.torrent, path()), { code: "STORAGE_FAILED" });
    });

    it("serves a file on after it was renamed", async () => {
      const blob = aBlob(2 * PIECE + 1);
      const source = await create();
      const file = await written(blob.bytes);
      await source.seed(blob.torrent, file, [tracker.url]);
      await rename(file, path());
      const [partial, adopted, second] = [path(), path(), path()];
      await fetchWith(await create(), blob.torrent, partial);
      await rename(partial, adopted);
      await source.close();
      await fetchWith(await create(), blob.torrent, second);
      await assertHolds(adopted, blob);
      await assertHolds(second, blob);
    });

    it("answers peers until the torrent is dropped", async () => {
      const { torrent, bytes } = aBlob(PIECE);
      const other = aBlob(PIECE, 2);
      const swarm = await create();
      await swarm.seed(torrent, await written(bytes), [tracker.url]);
      await swarm.seed(other.torrent, await written(other.bytes), [tracker.url]);
      assert.equal(await greets(swarm, torrent), true);
      await swarm.drop(torrent.infoHash);
      assert.equal(await greets(swarm, torrent), false);
      assert.equal(await greets(swarm, other.torrent), true);
      await swarm.drop(torrent.infoHash);
      await swarm.drop("0".repeat(40));
      assert.equal(swarm.stats().torrents, 1);
    });

    it("ends a download that is dropped", async () => {
      const { torrent } = aBlob(PIECE);
      const swarm = await create();
      const download = fetchWith(swarm, torrent, path());
      const rejected = assert.rejects(download, { code: "TORRENT_UNKNOWN" });
      await until(() => swarm.stats().torrents === 1);
      await swarm.drop(torrent.infoHash);
      await rejected;
      assert.equal(swarm.stats().torrents, 0);
    });

    it("does not start when the signal is aborted already", async () => {
      const swarm = await create();
      const reason = new Error("too late");
      const download = fetchWith(swarm, aBlob(1).torrent, path(), AbortSignal.abort(reason));
      await assert.rejects(download, reason);
    });

    it("changes its rates for transfers under way", async () => {
      const blob = aBlob(4 * PIECE);
      const slow = { upload: 32 * KIB, download: 32 * KIB };
      const source = await seeder(blob, slow);
      const leecher = await create({ rates: slow });
      const began = performance.now();
      const download = fetchWith(leecher, blob.torrent, path());
      await until(() => leecher.stats().downloadedBytes >= 32 * KIB);
      source.setRates(UNLIMITED);
      leecher.setRates(UNLIMITED);
      await download;
      const seconds = (performance.now() - began) / 1000;
      assert.ok(seconds < 16, `${seconds} s, and at the old rate it would be 32`);
    });

    it("never takes wrong bytes from a peer that lies, and finishes from an honest one", async () => {
      const blob = aBlob(6 * PIECE + 3);
      const liar = await create({ isLiar: true });
      await liar.seed(blob.torrent, await written(Buffer.alloc(blob.bytes.length, 7)), [
        tracker.url,
      ]);
      const file = path();
      const leecher = await create();
      let completed = 0;
      const onProgress = (now: Progress) => {
        completed = now.completedBytes;
      };
      const options = { trackers: [tracker.url], onProgress };
      const download = leecher.download(blob.torrent, file, options, never);
      await until(() => leecher.stats().badPieces > 0);
      assert.equal(completed, 0);
      await seeder(blob);
      const result = bytesOf(await download);
      assert.deepEqual(result, { resumedBytes: 0, peerBytes: blob.bytes.length });
      await assertHolds(file, blob);
      assert.ok(leecher.stats().wastedBytes > 0);
    });

    it("finishes although two of three seeders lie about one piece in three", async () => {
      const blob = aBlob(9 * PIECE);
      const lie = Buffer.from(blob.bytes);
      for (const piece of [1, 4, 7]) lie[piece * PIECE] = (lie[piece * PIECE] ?? 0) ^ 1;
      for (const bytes of [lie, lie, blob.bytes]) {
        await (await create()).seed(blob.torrent, await written(bytes), [tracker.url]);
      }
      const file = path();
      await fetchWith(await create(), blob.torrent, file);
      await assertHolds(file, blob);
    });

    it("says that the disk is full, lives on, and goes on when there is room", async () => {
      const blob = aBlob(5 * PIECE);
      await seeder(blob);
      let room = 2 * PIECE;
      const swarm = await create({
        beforeWrite: (bytes) => {
          room -= bytes;
          if (room < 0) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        },
      });
      const file = path();
      await assert.rejects(fetchWith(swarm, blob.torrent, file), { code: "DISK_FULL" });
      assert.equal(swarm.stats().torrents, 0);
      room = 10 * PIECE;
      const { resumedBytes } = await fetchWith(swarm, blob.torrent, file);
      assert.equal(resumedBytes, 2 * PIECE);
      await assertHolds(file, blob);
    });

    it("finds its peers through one tracker while another is silent", async () => {
      const blob = aBlob(2 * PIECE);
      await seeder(blob);
      const silent = createServer(() => {}).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const dead = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/announce`;
      const began = performance.now();
      const leecher = await create();
      const trackers = [dead, tracker.url];
      await leecher.download(blob.torrent, path(), { trackers }, never);
      assert.ok(performance.now() - began < 2_000);
      await leecher.close();
      silent.closeAllConnections();
      silent.close();
    });

    it("serves a leecher that has been waiting, as soon as there is a seeder", async () => {
      const blob = aBlob(2 * PIECE);
      const announces = tracker.stats().announces;
      const download = fetchWith(await create(), blob.torrent, path());
      await until(() => tracker.stats().announces > announces);
      const began = performance.now();
      await seeder(blob);
      await download;
      assert.ok(performance.now() - began < 2_000);
    });

    it("takes its leave from trackers and frees its port when it closes", async () => {
      const blob = aBlob(PIECE);
      await until(() => tracker.stats().peers === 0);
      const swarm = await seeder(blob);
      await until(() => tracker.stats().peers > 0);
      const socket = connect(swarm.listening);
      await once(socket, "connect");
      const closed = once(socket, "close");
      await swarm.close();
      await closed;
      assert.equal(tracker.stats().peers, 0);
      await (await create({ listen: swarm.listening })).close();
      await assert.rejects(swarm.seed(blob.torrent, path(), []), { code: "SWARM_CLOSED" });
      await assert.rejects(fetchWith(swarm, blob.torrent, path()), { code: "SWARM_CLOSED" });
      await swarm.close();
    });

    it("ends downloads when it closes", async () => {
      const swarm = await create();
      const download = fetchWith(swarm, aBlob(PIECE).torrent, path());
      const rejected = assert.rejects(download, { code: "SWARM_CLOSED" });
      await until(() => swarm.stats().torrents === 1);
      await swarm.close();
      await rejected;
    });

    it("says when its port is taken", async () => {
      const { listening } = await create();
      await assert.rejects(create({ listen: listening }), { code: "LISTEN_FAILED" });
    });
  });
}

/** Polls, for states that no event tells of. */
export async function until(condition: () => boolean, seconds = 20): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !condition(); ) {
    assert.ok(performance.now() < end, `not within ${seconds} s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether the swarm answers a handshake for this torrent with one of its own. */
async function greets(swarm: Swarm, torrent: Torrent): Promise<boolean> {
  const socket = await greet(swarm, torrent);
  const answer = await Promise.race([
    once(socket, "data").then(() => true),
    once(socket, "close").then(() => false),
  ]);
  socket.destroy();
  return answer;
}

/** A connected socket on which our handshake has been written. */
export async function greet(
  swarm: Swarm,
  torrent: Torrent,
  peerId = "-XX0001-abcdefghijkl",
): Promise<Socket> {
  const socket = connect(swarm.listening);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(handshake(torrent.infoHash, peerId));
  return socket;
}

/** BEP 3, with the bits of BEP 6 and BEP 10. */
export function handshake(infoHash: string, peerId: string): Buffer {
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 0x04]);
  const protocol = Buffer.from("\u0013BitTorrent protocol", "latin1");
  return Buffer.concat([protocol, reserved, Buffer.from(infoHash, "hex"), Buffer.from(peerId)]);
}

/** Whether the SHA-256 was checked as well is the engine's choice. */
const bytesOf = ({ resumedBytes, peerBytes }: DownloadResult) => ({ resumedBytes, peerBytes });
