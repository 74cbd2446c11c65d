import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { WantedImage } from "../../api/index.ts";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import { NodeSets } from "../fleet/node-sets.ts";
import { createApiClient } from "../kube/api-client.ts";
import { createReflector } from "../kube/reflector.ts";
import { aDigest } from "../testing/a-world.ts";
import { createFakeApi } from "../testing/fake-api.ts";
import { createNodeSetWriter } from "./node-set-writer.ts";
import { NODE_IMAGE_SETS, NODES } from "./resources.ts";

const PATH = "/apis/oci-torrent.io/v1alpha1/nodeimagesets";
const wanted = (fields: Partial<WantedImage> = {}): WantedImage => ({
  key: "team/app/u",
  image: "app:1",
  digest: aDigest("app"),
  platform: "linux/amd64",
  role: "Leecher",
  load: "Never",
  pin: "Never",
  priority: 0,
  revision: "r1",
  ...fields,
});

async function start(t: TestContext, names: readonly string[]) {
  const clock = createFakeClock();
  const api = createFakeApi(clock);
  for (const name of names) api.store.create("/api/v1/nodes", { metadata: { name } });
  const sets = new NodeSets();
  const agents = new Set<string>();
  const deps = { access: api, clock, random: () => 0, log: silentLog };
  let look = (_: string) => {};
  const onChange = ({ key }: { key: string }) => look(key);
  const nodes = createReflector(deps, { resource: NODES, onChange });
  const nodeImageSets = createReflector(deps, { resource: NODE_IMAGE_SETS, onChange });
  const writer = createNodeSetWriter({
    ...deps,
    client: createApiClient(api),
    sets,
    nodes: nodes.objects,
    nodeImageSets: nodeImageSets.objects,
    hasAgent: (node) => agents.has(node),
  });
  look = writer.look;
  const stop = new AbortController();
  const running = Promise.allSettled(
    [nodes, nodeImageSets, writer].map((component) => component.run(stop.signal)),
  );
  t.after(async () => {
    stop.abort();
    await running;
  });
  await clock.advance(0);
  const want = async (key: string, assignments: Readonly<Record<string, WantedImage>>) => {
    for (const node of sets.set(key, new Map(Object.entries(assignments)))) writer.look(node);
    await clock.advance(0);
  };
  const written = (node: string) => api.store.get(`${PATH}/${node}`)?.["spec"];
  const writes = () => api.requests.filter(({ method }) => method !== "GET");
  return { clock, api, agents, writer, want, written, writes };
}

describe("the writer of NodeImageSets", () => {
  it("makes one for a node that is to hold something, owned by the node", async (t) => {
    const { api, want, written } = await start(t, ["n1", "n2"]);
    await want("a", { n1: wanted() });
    assert.deepEqual(written("n1"), { images: [wanted()] });
    assert.equal(written("n2"), undefined);
    const { metadata } = api.store.get(`${PATH}/n1`) ?? assert.fail("no object");
    assert.deepEqual((metadata as { ownerReferences?: unknown }).ownerReferences, [
      {
        apiVersion: "v1",
        kind: "Node",
        name: "n1",
        uid: api.store.get("/api/v1/nodes/n1")?.metadata.uid,
      },
    ]);
  });

  it("makes an empty one for a node whose agent has come, and none for others", async (t) => {
    const { agents, clock, writer, written } = await start(t, ["n1", "n2"]);
    agents.add("n1");
    writer.look("n1");
    writer.look("n2");
    await clock.advance(0);
    assert.deepEqual([written("n1"), written("n2")], [{ images: [] }, undefined]);
  });

  it("writes nothing where nothing changes, and what changed where something does", async (t) => {
    const { clock, want, writer, written, writes } = await start(t, ["n1"]);
    await want("a", { n1: wanted() });
    for (let i = 0; i < 5; i += 1) writer.look("n1");
    await clock.advance(60_000);
    assert.equal(writes().length, 1);
    const both = [wanted(), wanted({ key: "team/b/u" })];
    await want("b", { n1: wanted({ key: "team/b/u" }) });
    await clock.advance(1_000);
    assert.deepEqual(written("n1"), { images: both });
    await want("a", {});
    await want("b", {});
    await clock.advance(1_000);
    assert.deepEqual(written("n1"), { images: [] });
    assert.ok(writes().length <= 4);
  });

  it("puts right what somebody else wrote", async (t) => {
    const { api, clock, want, written } = await start(t, ["n1"]);
    await want("a", { n1: wanted() });
    const object = api.store.get(`${PATH}/n1`) ?? assert.fail("no object");
    api.store.update(PATH, { ...object, spec: { images: [] } });
    await clock.advance(1_000);
    assert.deepEqual(written("n1"), { images: [wanted()] });
  });

  it("makes it anew for a node that was made anew under its name", async (t) => {
    const { api, clock, want, written } = await start(t, ["n1"]);
    await want("a", { n1: wanted() });
    api.store.delete("/api/v1/nodes", "n1");
    api.store.delete(PATH, "n1");
    await clock.advance(1_000);
    assert.equal(written("n1"), undefined);
    const { metadata } = api.store.create("/api/v1/nodes", { metadata: { name: "n1" } });
    await clock.advance(1_000);
    const made = api.store.get(`${PATH}/n1`)?.metadata as { ownerReferences?: { uid: string }[] };
    assert.equal(made.ownerReferences?.[0]?.uid, metadata.uid);
  });

  it("writes a hundred at once and then five a second, those of seeders first", async (t) => {
    const names = Array.from({ length: 200 }, (_, i) => `n${i}`);
    const { clock, want, writes } = await start(t, names);
    const leechers = Object.fromEntries(names.slice(0, 190).map((name) => [name, wanted()]));
    await want("a", leechers);
    assert.equal(writes().length, 100);
    const seeders = names.slice(190).map((name) => [name, wanted({ role: "Seeder" })] as const);
    await want("a", { ...leechers, ...Object.fromEntries(seeders) });
    await clock.advance(200);
    const next = writes().slice(100);
    assert.equal(next.length, 10);
    const named = next.map(({ body }) => (body as { metadata: { name: string } }).metadata.name);
    assert.ok(named.every((name) => Number(name.slice(1)) >= 190));
    // What was taken for the seeders comes back first.
    await clock.advance(11_800);
    assert.ok(writes().length >= 155 && writes().length <= 161, `${writes().length}`);
    await clock.advance(10_000);
    assert.equal(writes().length, 200);
  });

  it("asks a second time for nothing that the API server will never do, until something changes", async (t) => {
    const { api, clock, want, written, writes } = await start(t, ["n1"]);
    for (let i = 0; i < 9; i += 1)
      api.faults.plan({ kind: "refuse", code: 422 }, ({ method }) => method === "POST");
    await want("a", { n1: wanted() });
    await clock.advance(1_000_000);
    assert.equal(writes().length, 1);
    api.faults.clear();
    await want("a", { n1: wanted({ revision: "r2" }) });
    await clock.advance(1_000);
    assert.deepEqual(written("n1"), { images: [wanted({ revision: "r2" })] });
  });

  it("comes back when a busy API server asks to", async (t) => {
    const { api, clock, want, written, writes } = await start(t, ["n1"]);
    const headers = { "retry-after": "30" };
    api.faults.plan({ kind: "refuse", code: 429, headers }, ({ method }) => method === "POST");
    await want("a", { n1: wanted() });
    await clock.advance(29_000);
    assert.equal(writes().length, 1);
    await clock.advance(2_000);
    assert.deepEqual(written("n1"), { images: [wanted()] });
  });

  it("tries again when the API server refuses", async (t) => {
    const { api, clock, want, written } = await start(t, ["n1"]);
    api.faults.plan({ kind: "refuse", code: 500 }, ({ method }) => method === "POST");
    await want("a", { n1: wanted() });
    assert.equal(written("n1"), undefined);
    await clock.advance(2_000);
    assert.deepEqual(written("n1"), { images: [wanted()] });
  });
});
