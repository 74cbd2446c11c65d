// The whole of leading, from a change that the API server tells to what is written, on a clock that stands still.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { ImageDistributionStatus, Progress, WantedImage } from "../../api/index.ts";
import { swarmName } from "../../bt/index.ts";
import { type Digest, hexOf } from "../../oci/index.ts";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import { DISTRIBUTIONS, NODE_IMAGE_SETS, NODES } from "../apply/resources.ts";
import type { Layer, Resolution } from "../decide/world.ts";
import { createApiClient } from "../kube/api-client.ts";
import type { Change } from "../kube/object-cache.ts";
import { createReflector } from "../kube/reflector.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";
import { image, one, two } from "../testing/a-fleet.ts";
import { aSession } from "../testing/a-session.ts";
import { aTerm } from "../testing/a-term.ts";
import { aLayer } from "../testing/a-world.ts";
import { createFakeApi } from "../testing/fake-api.ts";
import type { Fleet } from "./fleet.ts";
import { type Leading, startLeading } from "./leading.ts";

const OURS = "/apis/oci-torrent.io/v1alpha1";
const TEAM = `${OURS}/namespaces/team/imagedistributions`;
const DAY = Date.UTC(2030, 0, 1);

/** An API server with nodes and agents, and one controller after the other that leads. */
async function start(t: TestContext, names: readonly string[], nodeCondition = false) {
  const clock = createFakeClock();
  const api = createFakeApi(clock);
  const sessions = new Map<string, SessionFacts>();
  const resolution: { now: Resolution } = { now: { state: "done", image } };
  const having = (what: "held" | "coverage", digest: Digest) =>
    new Set([...sessions].flatMap(([node, facts]) => (facts[what].has(digest) ? [node] : [])));
  let leading: Leading | undefined;
  const told: string[] = [];
  let fleet: Fleet | undefined;
  const follow = (resource: typeof NODES, tell: (change: Change) => void) =>
    createReflector(
      { access: api, clock, random: () => 0, log: silentLog },
      { resource, onChange: tell },
    );
  const nodes = follow(NODES, (change) => leading?.nodeChanged(change));
  const sets = follow(NODE_IMAGE_SETS, (change) => leading?.nodeImageSetChanged(change));
  const distributions = follow(DISTRIBUTIONS, (change) => leading?.distributionChanged(change));
  const stop = new AbortController();
  const running = [nodes, sets, distributions].map((one) => one.run(stop.signal));
  let stopLeading = async () => {};
  t.after(async () => {
    await stopLeading();
    stop.abort();
    await Promise.allSettled(running);
  });

  const makeNode = (name: string) =>
    api.store.create("/api/v1/nodes", {
      metadata: { name },
      spec: {},
      status: {
        nodeInfo: { operatingSystem: "linux", architecture: "amd64" },
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
  const attach = (name: string, fields: Partial<SessionFacts> = {}) => {
    sessions.set(
      name,
      aSession(name, { sinceMs: clock.now(), lastSeenMs: clock.now(), ...fields }),
    );
    leading?.sessionChanged(name, "opened");
  };
  const lead = async () => {
    await stopLeading();
    const now = startLeading({
      client: createApiClient(api),
      clock,
      wallTime: (ms) => DAY + ms,
      random: () => 0,
      log: silentLog,
      instance: "test",
      distributions: distributions.objects,
      nodes: nodes.objects,
      nodeImageSets: sets.objects,
      sessions: {
        facts: () => sessions,
        holders: (digest) => having("held", digest),
        partHolders: (digest) => having("coverage", digest),
        forget: (node) => void sessions.delete(node),
      },
      beginTerm: (input) => {
        fleet = input.fleet;
        return aTerm({ of: () => resolution.now, tellAgents: (nodes) => told.push(...nodes) });
      },
      onReconciled: () => {},
      startupTaints: new Set(),
      nodeCondition,
    });
    leading = now;
    const end = new AbortController();
    const led = now.run(end.signal).catch(() => {});
    stopLeading = async () => {
      leading = undefined;
      end.abort();
      await clock.advance(0);
      await led;
    };
    await clock.advance(0);
  };

  for (const name of names) makeNode(name);
  await clock.advance(0);
  for (const name of names) attach(name);
  await lead();

  /** Time passes, with each agent's heart beating. */
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i += 1) {
      await clock.advance(1_000);
      for (const [name, facts] of sessions) {
        if (facts.brokenAtMs !== undefined) continue;
        sessions.set(name, { ...facts, lastSeenMs: clock.now() });
        leading?.sessionChanged(name, "heartbeat");
      }
    }
  };
  const make = (name: string, spec: object = {}) =>
    api.store.create(TEAM, {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name },
      spec: { image: "registry.example/app:1", runtime: { load: "Never" }, ...spec },
      status: { observedGeneration: -1 },
    });
  const statusOf = (name: string) =>
    (api.store.get(`${TEAM}/${name}`)?.["status"] ?? {}) as ImageDistributionStatus;
  const ready = (name: string) => {
    const found = statusOf(name).conditions?.find(({ type }) => type === "Ready");
    return `${found?.status}/${found?.reason}`;
  };
  const wantedOn = (node: string) => {
    const set = api.store.get(`${OURS}/nodeimagesets/${node}`);
    return (set?.["spec"] as { images: WantedImage[] } | undefined)?.images;
  };
  /** The agent has done what it was told for this distribution. */
  const finish = (node: string) => {
    const facts = sessions.get(node) ?? assert.fail(`no agent on ${node}`);
    const progress = (wantedOn(node) ?? []).map(({ key, revision }): [string, Progress] => [
      key,
      {
        ...{ key, revision, state: "Ready", layers: [], completedBytes: 1_100, totalBytes: 1_100 },
        ...{ registryBytes: 0, peerBytes: 1_100, localBytes: 0, bytesPerSecond: 0 },
      },
    ]);
    const held = new Map([one, two].map(({ digest, size }) => [digest, size]));
    sessions.set(node, { ...facts, held, progress: new Map(progress) });
    leading?.sessionChanged(node, "progress");
    for (const { digest } of [one, two]) leading?.sessionChanged(node, "coverage", digest);
  };
  const seeders = () =>
    names.filter((node) => wantedOn(node)?.some(({ role }) => role === "Seeder"));
  const writes = () => api.requests.filter(({ method }) => method !== "GET");
  const heard = (node: string, what: Parameters<Leading["sessionChanged"]>[1]) =>
    leading?.sessionChanged(node, what);
  return {
    ...{ clock, api, sessions, resolution, told, attach, lead, pass, make, statusOf, ready },
    ...{ wantedOn, finish, seeders, writes, makeNode, heard },
    fleetOf: () => fleet ?? assert.fail("nobody was told anything"),
    admits: ({ digest, size }: Layer) =>
      leading?.swarms.has(swarmName({ name: hexOf(digest), size })) ?? assert.fail("nobody leads"),
  };
}

const NAMES = ["n1", "n2", "n3", "n4"];

describe("a controller that leads", () => {
  it("has nodes bring an image, and tells when it is done", async (t) => {
    const { make, pass, ready, statusOf, wantedOn, finish, seeders, told } = await start(t, NAMES);
    make("app");
    await pass(1);
    assert.equal(ready("app"), "False/Seeding");
    assert.equal(seeders().length, 1);
    assert.deepEqual(new Set(told), new Set(NAMES));
    for (const node of NAMES) assert.equal(wantedOn(node)?.length, 1);
    for (const node of NAMES) finish(node);
    await pass(2);
    assert.equal(ready("app"), "True/Complete");
    assert.equal(statusOf("app").summary?.ready, "4/4");
    assert.equal(statusOf("app").observedGeneration, 1);
  });

  it("tells events once", async (t) => {
    const { make, pass, finish, api } = await start(t, NAMES);
    make("app");
    await pass(2);
    for (const node of NAMES) finish(node);
    await pass(60);
    const reasons = api.store
      .list("/apis/events.k8s.io/v1/namespaces/team/events")
      .map((event) => event["reason"]);
    assert.deepEqual(reasons, ["SeederElected", "Resolved", "Complete"]);
  });

  it("says on each node whether it has its images, once it knows", async (t) => {
    const nodeCondition = true;
    const { api, make, makeNode, pass, attach, finish } = await start(t, NAMES, nodeCondition);
    const said = (node: string) => {
      const status = api.store.get(`/api/v1/nodes/${node}`)?.["status"];
      const { conditions = [] } = status as { conditions?: Record<string, string>[] };
      const found = conditions.find(({ type }) => type === "oci-torrent.io/ImagesReady");
      return `${found?.["status"]} ${found?.["message"]}`;
    };
    const missing = "False not on this node yet: the images of team/app";
    await pass(2);
    assert.match(said("n1"), /^True /);
    make("app");
    await pass(6);
    assert.deepEqual(NAMES.map(said), Array(4).fill(missing));
    finish("n1");
    await pass(6);
    assert.match(said("n1"), /^True /);
    assert.equal(said("n2"), missing);
    for (const node of NAMES) finish(node);
    await pass(6);
    // Of a node that has just come nothing is said before it is known what it should have.
    makeNode("n5");
    await pass(0);
    assert.equal(said("n5"), "undefined undefined");
    attach("n5");
    await pass(3);
    assert.equal(said("n5"), missing);
    finish("n5");
    await pass(6);
    assert.match(said("n5"), /^True /);
  });

  it("writes nothing when nothing happens", async (t) => {
    const { make, pass, finish, writes } = await start(t, NAMES);
    make("app");
    await pass(2);
    for (const node of NAMES) finish(node);
    await pass(60);
    const before = writes().length;
    await pass(600);
    assert.equal(writes().length, before);
  });

  it("writes a status once a second at most", async (t) => {
    const { make, clock, pass, finish, api } = await start(t, NAMES);
    make("app");
    await pass(2);
    for (const node of NAMES) {
      finish(node);
      await clock.advance(100);
    }
    await pass(3);
    const times = api.requests.filter(({ path }) => path.endsWith("/status")).map(({ at }) => at);
    const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    assert.ok(times.length >= 2 && Math.min(...pauses) >= 1_000, `${times}`);
  });

  it("writes over what somebody else wrote into the status", async (t) => {
    const { make, pass, ready, api } = await start(t, NAMES);
    make("app");
    await pass(5);
    const object = api.store.get(`${TEAM}/app`) ?? assert.fail("no object");
    api.store.update(TEAM, { ...object, status: { observedGeneration: 1, conditions: [] } });
    await pass(2);
    assert.equal(ready("app"), "False/Seeding");
  });

  it("takes back what was wanted by a distribution that is gone", async (t) => {
    const { make, pass, wantedOn, api } = await start(t, NAMES);
    make("app");
    make("other");
    await pass(1);
    assert.equal(wantedOn("n1")?.length, 2);
    api.store.delete(TEAM, "app");
    await pass(2);
    assert.deepEqual(
      wantedOn("n1")?.map(({ key }) => key.split("/")[1]),
      ["other"],
    );
  });

  it("has others fetch what a distribution that is gone fetched for them too", async (t) => {
    const { make, pass, api, clock, fleetOf } = await start(t, NAMES);
    make("app");
    await pass(5);
    make("other");
    await pass(5);
    const fetching = (name: string) => {
      const keys = [...fleetOf().sets.keys()];
      const key = keys.find((one) => one.startsWith(`team/${name}/`)) ?? "";
      return fleetOf().leases.nodesOf(key).size > 0;
    };
    assert.deepEqual([fetching("app"), fetching("other")], [true, false]);
    api.store.delete(TEAM, "app");
    await clock.advance(0);
    assert.deepEqual([fetching("app"), fetching("other")], [false, true]);
  });

  it("takes another object of the same name for another distribution", async (t) => {
    const { make, pass, wantedOn, finish, ready, api } = await start(t, NAMES);
    make("app");
    await pass(1);
    for (const node of NAMES) finish(node);
    await pass(2);
    const [before] = wantedOn("n1") ?? [];
    api.store.delete(TEAM, "app");
    make("app");
    await pass(2);
    const [after, ...others] = wantedOn("n1") ?? [];
    assert.notEqual(after?.key, before?.key);
    assert.deepEqual(others, []);
    assert.equal(ready("app"), "False/Distributing");
  });

  it("says what is wrong with an object past the schema, and looks after the others", async (t) => {
    const { make, pass, ready, finish } = await start(t, NAMES);
    make("bad", { image: 5, seeders: "many", nodeSelector: { matchExpressions: [null] } });
    make("app");
    await pass(1);
    for (const node of NAMES) finish(node);
    await pass(2);
    assert.deepEqual([ready("bad"), ready("app")], ["False/InvalidSpec", "True/Complete"]);
  });

  it("replaces a seeder that is lost", async (t) => {
    const { make, pass, seeders, sessions, clock, heard, told } = await start(t, NAMES);
    make("app");
    await pass(1);
    await pass(70);
    const [first = ""] = seeders();
    const facts = sessions.get(first) ?? assert.fail("no agent");
    sessions.set(first, { ...facts, brokenAtMs: clock.now() });
    heard(first, "broken");
    await pass(9);
    assert.deepEqual(seeders(), [first]);
    told.length = 0;
    await pass(3);
    assert.equal(seeders().length, 1);
    assert.ok(!seeders().includes(first));
    // Who fetches now is whom the others ask for hashes.
    assert.deepEqual(new Set(told), new Set(NAMES));
  });

  it("tells an agent that comes what it is to do, and where it is those who ask it for hashes", async (t) => {
    const { make, pass, seeders, attach, told } = await start(t, NAMES);
    make("app");
    await pass(5);
    const [seeder = ""] = seeders();
    const [leecher = ""] = NAMES.filter((name) => name !== seeder);
    told.length = 0;
    attach(leecher);
    assert.deepEqual(told, [leecher]);
    attach(seeder);
    assert.deepEqual(new Set(told), new Set(NAMES));
  });

  it("tells who lacks an image of those who have it and come later to a new leader", async (t) => {
    const { make, pass, lead, sessions, attach, finish, seeders, told } = await start(t, NAMES);
    make("app");
    await pass(2);
    const [lacking = "", ...others] = NAMES.filter((node) => !seeders().includes(node));
    const holders = [...seeders(), ...others];
    for (const node of holders) finish(node);
    await pass(2);
    const held = new Map([one, two].map(({ digest, size }) => [digest, size]));
    const before = new Map(sessions);
    sessions.clear();
    await lead();
    attach(lacking);
    await pass(2);
    told.length = 0;
    for (const node of others) attach(node, { ...before.get(node), held });
    await pass(1);
    assert.ok(told.includes(lacking), `${told}`);
    told.length = 0;
    await pass(5);
    assert.deepEqual(told, [], "once");
  });

  it("goes on where the leader before stopped: nobody is elected anew, nothing is written", async (t) => {
    const { make, pass, seeders, lead, writes, sessions, attach, finish, ready } = await start(
      t,
      NAMES,
    );
    make("app");
    await pass(5);
    const before = [seeders(), writes().length];
    sessions.clear();
    await lead();
    await pass(10);
    assert.deepEqual([seeders(), writes().length], before);
    for (const node of NAMES) attach(node);
    await pass(70);
    assert.deepEqual(seeders(), before[0]);
    for (const node of NAMES) finish(node);
    await pass(2);
    assert.equal(ready("app"), "True/Complete");
  });

  it("has agents go on with what they fetch for the leader before", async (t) => {
    const { make, pass, seeders, lead, sessions, attach, heard, told, fleetOf } = await start(
      t,
      NAMES,
    );
    make("app");
    await pass(2);
    const [seeder = ""] = seeders();
    sessions.clear();
    await lead();
    for (const node of NAMES) attach(node);
    await pass(1);
    const generation = 77;
    const facts = sessions.get(seeder) ?? assert.fail("no agent");
    const report = { digest: one.digest, generation, frontier: 1, registryBytes: 5 };
    sessions.set(seeder, { ...facts, leaseReports: new Map([[one.digest, report]]) });
    told.length = 0;
    heard(seeder, "leaseReport");
    // At once: else its session would tell it that the lease is none.
    assert.deepEqual(told, [seeder]);
    await pass(5);
    const leases = fleetOf().leases.on(seeder);
    assert.deepEqual(
      leases.map(({ digest, generation: of }) => [digest, of > 77 ? "new" : of]),
      [
        [one.digest, 77],
        [two.digest, "new"],
      ],
    );
  });

  it("has the tracker serve what is wanted alone, and what the leader before may have begun", async (t) => {
    const { make, pass, lead, api, resolution, admits } = await start(t, NAMES);
    const other = aLayer("other");
    const admitted = () => [one, two, other].filter(admits);
    assert.deepEqual(admitted(), []);
    make("app");
    await pass(1);
    assert.deepEqual(admitted(), [one, two]);
    resolution.now = { state: "wanted" };
    await lead();
    await pass(1);
    assert.deepEqual(admitted(), [one, two, other]);
    resolution.now = { state: "done", image };
    await lead();
    await pass(1);
    assert.deepEqual(admitted(), [one, two]);
    api.store.delete(TEAM, "app");
    await pass(1);
    assert.deepEqual(admitted(), []);
  });

  it("drops what is gone though nobody led when it went", async (t) => {
    const { make, pass, lead, wantedOn, api } = await start(t, NAMES);
    make("app");
    await pass(1);
    assert.equal(wantedOn("n1")?.length, 1);
    await lead();
    api.store.delete(TEAM, "app");
    await lead();
    await pass(2);
    assert.deepEqual(
      NAMES.map((node) => wantedOn(node)?.length),
      [0, 0, 0, 0],
    );
  });

  it("follows nodes that come and go", async (t) => {
    const { make, pass, statusOf, makeNode, attach, api } = await start(t, NAMES);
    make("app");
    await pass(1);
    makeNode("n5");
    attach("n5");
    await pass(2);
    assert.equal(statusOf("app").nodes?.desired, 5);
    api.store.delete("/api/v1/nodes", "n5");
    api.store.delete(`${OURS}/nodeimagesets`, "n5");
    await pass(2);
    assert.equal(statusOf("app").nodes?.desired, 4);
    assert.equal(api.store.get(`${OURS}/nodeimagesets/n5`), undefined);
  });

  it("makes an empty NodeImageSet for an agent that has come, where nothing is wanted", async (t) => {
    const { pass, wantedOn } = await start(t, NAMES);
    await pass(1);
    assert.deepEqual(wantedOn("n1"), []);
  });

  it("tells of a credential that does not do, and goes on when it does", async (t) => {
    const { make, pass, ready, resolution, wantedOn, api } = await start(t, NAMES);
    resolution.now = { state: "failed", reason: "Unauthorized", message: "the registry refuses" };
    const { metadata, ...object } = make("app");
    await pass(1);
    assert.equal(ready("app"), "False/Unauthorized");
    assert.deepEqual(wantedOn("n1"), []);
    resolution.now = { state: "done", image };
    const annotations = { "oci-torrent.io/refresh": "1" };
    api.store.update(TEAM, { ...object, metadata: { ...metadata, annotations } });
    await pass(2);
    assert.equal(ready("app"), "False/Seeding");
  });

  it("has a condition on each of 500 objects within 15 s, and twenty writes a second after that", async (t) => {
    const { make, clock, api } = await start(t, NAMES);
    for (let i = 0; i < 500; i += 1) {
      make(`app-${i}`);
      await clock.advance(20);
    }
    await clock.advance(5_000);
    const told = api.store.list(TEAM).filter(({ status }) => {
      return ((status ?? {}) as ImageDistributionStatus).conditions !== undefined;
    });
    assert.ok(told.length >= 475, `${told.length} of 500`);
  });
});
