// Our engine and another implementation in one swarm: the webtorrent library, over plain BEP 3.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Swarm } from "../swarm.ts";
import { aBlob } from "../test-blob.ts";
import { createTracker, type Tracker } from "../tracker-server.ts";
import { createWebTorrentSwarm } from "../webtorrent/webtorrent-swarm.ts";
import { aLeanSwarm } from "./test-swarm.ts";

const PIECE = 256 * 1024;
const never = new AbortController().signal;

describe("a mixed swarm", { timeout: 60_000 }, () => {
  let directory: string;
  let tracker: Tracker;
  let files = 0;
  const swarms = new Set<Swarm>();
  const listen = { host: "127.0.0.1", port: 0 };

  const kept = async <S extends Swarm>(creating: Promise<S>): Promise<S> => {
    const swarm = await creating;
    swarms.add(swarm);
    return swarm;
  };
  const lean = (foreign = true) =>
    kept(aLeanSwarm(foreign ? { foreignListen: { host: "127.0.0.2", port: 0 } } : {}));
  const foreign = () => kept(createWebTorrentSwarm({ listen, rates: { upload: 0, download: 0 } }));
  const path = () => join(directory, `file-${++files}`);
  const fetchWith = async (swarm: Swarm, blob: ReturnType<typeof aBlob>) => {
    const file = path();
    await swarm.download(blob.torrent, file, { trackers: [tracker.url] }, never);
    assert.ok((await readFile(file)).equals(blob.bytes));
  };
  const seedWith = async (swarm: Swarm, blob: ReturnType<typeof aBlob>) => {
    const file = path();
    await writeFile(file, blob.bytes);
    await swarm.seed(blob.torrent, file, [tracker.url]);
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "mixed-"));
    tracker = await createTracker({ listen, admits: () => true });
  });
  afterEach(async () => {
    await Promise.all([...swarms].map((swarm) => swarm.close()));
    swarms.clear();
  });
  after(async () => {
    await tracker.close();
    await rm(directory, { recursive: true });
  });

  it("gives to another client", async () => {
    const blob = aBlob(5 * PIECE + 777);
    await seedWith(await lean(), blob);
    await fetchWith(await foreign(), blob);
  });

  it("takes from another client", async () => {
    const blob = aBlob(5 * PIECE + 777);
    await seedWith(await foreign(), blob);
    const leecher = await lean();
    await fetchWith(leecher, blob);
    assert.equal(leecher.stats().wastedBytes, 0);
  });

  it("finishes with both kinds among seeders and leechers", async () => {
    const blob = aBlob(12 * PIECE + 5);
    await Promise.all([seedWith(await lean(), blob), seedWith(await foreign(), blob)]);
    const leechers = await Promise.all([lean(), foreign(), lean(false), foreign()]);
    await Promise.all(leechers.map((leecher) => fetchWith(leecher, blob)));
  });

  it("passes on to agents what it has from another client", async () => {
    const blob = aBlob(4 * PIECE);
    await seedWith(await foreign(), blob);
    await Promise.all([fetchWith(await lean(), blob), fetchWith(await lean(false), blob)]);
  });
});
