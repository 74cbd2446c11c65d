import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createLeanSwarm } from "../bt/index.ts";
import { createBlobStore, digestOf } from "../oci/index.ts";
import { createSeeding } from "./seeding.ts";

const content = Buffer.from("what two images share");
const blob = { digest: digestOf(content), size: content.length, mediaType: "layer" };
const { signal } = new AbortController();

async function start(test: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), "oci-torrent-seeding-"));
  const torrentsDirectory = join(directory, "torrents");
  await mkdir(torrentsDirectory);
  const store = await createBlobStore(directory);
  const swarm = await createLeanSwarm({
    listen: { host: "127.0.0.1", port: 0 },
    rates: { upload: 0, download: 0 },
    ...{ fleetId: "test", node: "n1", zone: "" },
  });
  test.after(async () => {
    await swarm.close();
    await rm(directory, { recursive: true });
  });
  await store.put(blob.digest, content);
  return { seeding: createSeeding({ swarm, store, torrentsDirectory }), store };
}

describe("seeding", () => {
  it("serves a blob once, also for two images that come with it at once", async (test) => {
    const { seeding } = await start(test);
    const serve = () => seeding.serve(blob, undefined, [], signal);
    await Promise.all([serve(), serve(), serve()]);
    assert.equal(seeding.isServing(blob.digest), true);
    assert.equal(seeding.knows(seeding.infoHashOf(blob.digest) ?? ""), true);
  });

  it("serves it by another's attempt when the first fails", async (test) => {
    const { seeding } = await start(test);
    const gone = AbortSignal.abort(new Error("the first image is gone"));
    const first = seeding.serve(blob, undefined, [], gone);
    const second = seeding.serve(blob, undefined, [], signal);
    await assert.rejects(first);
    await second;
    assert.equal(seeding.isServing(blob.digest), true);
  });

  it("serves nothing that was withdrawn while it began", async (test) => {
    const { seeding } = await start(test);
    const begun = seeding.serve(blob, undefined, [], signal);
    await seeding.withdraw(blob.digest);
    await begun;
    assert.equal(seeding.isServing(blob.digest), false);
  });
});
