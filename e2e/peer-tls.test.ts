// Links between agents over mutual TLS.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import {
  createLeanSwarm,
  createTracker,
  type LeanEvent,
  type LeanSwarm,
  type PeerTls,
  type Tracker,
} from "../src/bt/index.ts";
import { aBlob } from "../src/bt/testing/index.ts";
import { createAuthority, createCertificate } from "../src/oci/testing/index.ts";

const authority = createAuthority();
const blob = aBlob(3 * 256 * 1024 + 5);

const tlsFrom = (issuer = authority): PeerTls => {
  const { key, cert } = createCertificate({ hosts: ["node"], issuer });
  return { key, cert, ca: authority.cert };
};

let nodes = 0;
const aNode = () => ({
  listen: { host: "127.0.0.1", port: 0 },
  rates: { upload: 0, download: 0 },
  fleetId: "test",
  node: `node-${++nodes}`,
  zone: "",
});

describe("links over TLS", { timeout: 60_000 }, () => {
  let directory: string;
  let tracker: Tracker;
  let refused = Promise.withResolvers<void>();
  let source: LeanSwarm;
  const swarms = new Set<LeanSwarm>();

  const create = async (tls?: PeerTls) => {
    const swarm = await createLeanSwarm({ ...aNode(), ...(tls && { tls }) });
    swarms.add(swarm);
    return swarm;
  };
  const fetchWith = async (swarm: LeanSwarm, signal = new AbortController().signal) => {
    const file = join(directory, "copy");
    await rm(file, { force: true });
    await swarm.download(blob.torrent, file, { trackers: [tracker.url] }, signal);
    assert.ok((await readFile(file)).equals(blob.bytes));
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "peer-tls-"));
    await writeFile(join(directory, "blob"), blob.bytes);
    tracker = await createTracker({ listen: { host: "127.0.0.1", port: 0 }, admits: () => true });
    const log = ({ event }: LeanEvent) => {
      if (event === "peer refused") refused.resolve();
    };
    source = await createLeanSwarm({ ...aNode(), tls: tlsFrom(), log });
    await source.seed(blob.torrent, join(directory, "blob"), [tracker.url]);
  });
  afterEach(async () => {
    await Promise.all([...swarms].map((swarm) => swarm.close()));
    swarms.clear();
    refused = Promise.withResolvers();
  });
  after(async () => {
    await source.close();
    await tracker.close();
    await rm(directory, { recursive: true });
  });

  it("brings a blob to a node with a certificate of the fleet's authority", async () => {
    await fetchWith(await create(tlsFrom()));
  });

  const strangers: Record<string, () => PeerTls | undefined> = {
    "without a certificate of its own authority": () => ({
      ...tlsFrom(createAuthority()),
      ca: authority.cert,
    }),
    "that speaks plainly": () => undefined,
  };
  for (const [who, tls] of Object.entries(strangers)) {
    it(`gives nothing to a node ${who}`, async () => {
      const abort = new AbortController();
      const sent = source.stats().uploadedBytes;
      const stranger = await create(tls());
      const download = assert.rejects(fetchWith(stranger, abort.signal), { name: "AbortError" });
      await refused.promise;
      abort.abort();
      await download;
      assert.equal(source.stats().uploadedBytes, sent);
      await fetchWith(await create(tlsFrom()));
    });
  }

  it("goes on with a renewed certificate, also of another authority, without a restart", async () => {
    const other = createAuthority();
    const listeners: (() => void)[] = [];
    let now: PeerTls = tlsFrom();
    const renewable: PeerTls = {
      get cert() {
        return now.cert;
      },
      get key() {
        return now.key;
      },
      get ca() {
        return now.ca;
      },
      onRenewal: (listener) => listeners.push(listener),
    };
    const renewed = { ...tlsFrom(other), ca: other.cert };
    const seeder = await create(renewable);
    await seeder.seed(blob.torrent, join(directory, "blob"), [tracker.url]);
    // The other source is of the old authority alone, so what comes under the new one is this seeder's.
    now = renewed;
    for (const listener of listeners) listener();
    const fetched = await create(renewed);
    await fetchWith(fetched);
    assert.ok(seeder.stats().uploadedBytes >= blob.bytes.length);
  });

  it("is not believed by a node that trusts another authority", async () => {
    const other = createAuthority();
    const abort = new AbortController();
    const doubtful = await create({ ...tlsFrom(), ca: other.cert });
    const download = assert.rejects(fetchWith(doubtful, abort.signal), { name: "AbortError" });
    await refused.promise;
    abort.abort();
    await download;
    assert.equal(doubtful.stats().downloadedBytes, 0);
  });
});
