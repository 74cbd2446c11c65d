// oci-torrentd agent: real agents, a real registry and the controller's session server. What the controller would decide is said
// by the tests.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type ServiceError, status } from "@grpc/grpc-js";
import { issuerHashes, membershipOf } from "../src/agent/index.ts";
import {
  type Assign,
  connectDaemon,
  type Lease,
  methods,
  type Progress,
  unary,
} from "../src/api/index.ts";
import { createTracker, pieceCount } from "../src/bt/index.ts";
import type { NodeDesired } from "../src/controller/index.ts";
import { type AController, aRequest, startController } from "../src/controller/testing/index.ts";
import { parseDigest } from "../src/oci/index.ts";
import { blobTraffic } from "./support/access-log.ts";
import { type AgentOptions, startAgent, type TestAgent } from "./support/agents.ts";
import { atEnd, type Scope, suite } from "./support/at-end.ts";
import { type BlobRecord, type ImageRecord, makeImage } from "./support/images.ts";
import { lacking } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const account = { username: "puller", password: "canary-of-the-registry" };
const NODES = ["node-2", "node-3", "node-4"] as const;
const [SEEDER] = NODES;
const NAME = "demo/app";

describe("a node's agent", {
  skip: lacking("docker-registry", "htpasswd", "skopeo"),
  timeout: 170_000,
}, () => {
  const scope = suite();
  let registry: TestRegistry;
  let image: ImageRecord;
  let trackerUrl: string;
  before(async () => {
    registry = await startRegistry(scope, { account });
    image = await makeImage(tempDir(scope), {
      tag: "1",
      layers: [
        { seed: "one", bytes: 5_000_000 },
        { seed: "two", bytes: 3_000_000 },
      ],
    });
    await registry.push(image, `${NAME}:1`);
    const listen = { host: "127.0.0.1", port: 0 };
    const tracker = await createTracker({ listen, admits: () => true });
    atEnd(scope, () => tracker.close());
    trackerUrl = tracker.url;
  });

  const bytesOf = ({ digest }: BlobRecord) =>
    readFileSync(join(image.layout, "blobs/sha256", digest.slice("sha256:".length)));

  const anAssign = (node: string, changes: Partial<Assign> = {}): Assign => ({
    key: "demo/app/0a1b2c3d",
    revision: "r1",
    reference: `${registry.address}/${NAME}:1`,
    digest: parseDigest(image.manifest.digest),
    platform: "linux/amd64",
    role: node === SEEDER ? "Seeder" : "Leecher",
    load: "Never",
    pin: "Never",
    priority: 0,
    blobs: [image.config, ...image.layers].map(({ digest, size, mediaType }, rank) => ({
      digest: parseDigest(digest),
      size,
      mediaType,
      rank,
    })),
    index: Buffer.of(),
    manifest: bytesOf(image.manifest),
    config: bytesOf(image.config),
    rates: { upload: 0, download: 0 },
    retainSeconds: 0,
    ...changes,
  });
  const leases = (): readonly Lease[] =>
    image.layers.map(({ digest }) => ({
      digest: parseDigest(digest),
      generation: 1,
      fromPiece: 0,
      repository: `${registry.address}/${NAME}`,
    }));
  const desired = (changes: Partial<NodeDesired> = {}): NodeDesired => ({
    assigns: [],
    leases: [],
    credentials: [],
    trackers: [trackerUrl],
    peers: [],
    issuers: [],
    ...changes,
  });
  const asSeeder = (changes: Partial<NodeDesired> = {}) =>
    desired({
      assigns: [anAssign(SEEDER)],
      leases: leases(),
      credentials: [
        { host: registry.address, repository: NAME, login: { basic: account }, expiresAtMs: 0 },
      ],
      ...changes,
    });

  const start = (
    test: Scope,
    controller: AController,
    node: string,
    more: Partial<AgentOptions> = {},
  ) =>
    startAgent(test, {
      node,
      address: `127.0.0.${node.slice("node-".length)}`,
      controllers: [controller.address],
      bundle: controller.identity.bundle(),
      ...more,
      args: ["--insecure-registry", registry.address, "--log-level", "debug", ...(more.args ?? [])],
    });
  const controllerOf = async (test: Scope) => {
    const controller = await startController();
    atEnd(test, () => controller.close());
    return controller;
  };
  /** Waits until the controller has heard that the node's image is so. */
  async function until(
    controller: AController,
    node: string,
    holds: (progress: Progress) => boolean,
  ): Promise<Progress> {
    while (true) {
      const heard = controller.heard(node, "progress");
      const now = [...(controller.sessions.facts().get(node)?.progress.values() ?? [])];
      const found = now.find(holds);
      if (found !== undefined) return found;
      await heard;
    }
  }
  const isReady = ({ state }: Progress) => state === "Ready";
  const totalBytes = () => [image.config, ...image.layers].reduce((sum, { size }) => sum + size, 0);
  const layerBytes = () => image.layers.reduce((sum, { size }) => sum + size, 0);

  it("brings what it is assigned: from the registry under a lease, else from its peers alone", async (test) => {
    registry.forgetRequests();
    const controller = await controllerOf(test);
    for (const node of NODES) {
      controller.sessions.setDesired(node, desired({ assigns: [anAssign(node)] }));
    }
    const agents: TestAgent[] = NODES.map((node) => start(test, controller, node));
    const begun = NODES.map((node) => until(controller, node, ({ state }) => state === "Fetching"));
    await Promise.all(begun);
    // Nobody has the layers and nobody may fetch them: nothing was asked of the registry.
    assert.deepEqual(registry.requests(), []);
    // Then one may.
    controller.sessions.setDesired(SEEDER, asSeeder());
    const done = await Promise.all(NODES.map((node) => until(controller, node, isReady)));
    for (const progress of done) {
      assert.equal(progress.completedBytes, totalBytes());
      assert.equal(progress.totalBytes, totalBytes());
    }
    const [seeder, ...leechers] = done;
    assert.equal(seeder?.registryBytes, layerBytes());
    for (const { registryBytes, peerBytes } of leechers) {
      assert.deepEqual([registryBytes, peerBytes], [0, layerBytes()]);
    }
    assert.deepEqual(
      new Set(registry.requests().map(({ client }) => client.replace(/:\d+$/, ""))),
      new Set(["127.0.0.2"]),
    );
    const given = blobTraffic(registry.requests().filter(({ status }) => status < 400));
    for (const { digest, size } of image.layers) {
      assert.equal(given.get(digest)?.bytes, size);
      for (const { root } of agents) {
        const file = join(root, "blobs/sha256", digest.slice("sha256:".length));
        assert.ok(readFileSync(file).equals(bytesOf({ digest } as BlobRecord)));
      }
    }
    const facts = controller.sessions.facts().get(SEEDER);
    for (const { digest, size } of image.layers) {
      assert.equal(facts?.held.get(parseDigest(digest)), size);
      const report = facts?.leaseReports.get(parseDigest(digest));
      assert.deepEqual([report?.generation, report?.reason], [1, undefined]);
    }
    // The password came to the seeder, and is nowhere that anybody reads.
    const written = agents.map(({ process, root }) => process.stderr() + textBelow(root)).join("");
    assert.match(written, /image complete/);
    assert.ok(!written.includes(account.password));
  });

  it("says why a lease is of no use: the registry refuses the login", async (test) => {
    const controller = await controllerOf(test);
    const wrong = { username: "puller", password: "wrong" };
    controller.sessions.setDesired(
      SEEDER,
      asSeeder({
        credentials: [
          { host: registry.address, repository: NAME, login: { basic: wrong }, expiresAtMs: 0 },
        ],
      }),
    );
    start(test, controller, SEEDER);
    const [layer] = leases();
    assert.ok(layer);
    for (let reason: string | undefined; reason !== "Unauthorized"; ) {
      const heard = controller.heard(SEEDER, "leaseReport");
      const report = controller.sessions.facts().get(SEEDER)?.leaseReports.get(layer.digest);
      reason = report?.reason;
      if (reason === undefined) await heard;
    }
    controller.sessions.setDesired(SEEDER, asSeeder());
    await until(controller, SEEDER, isReady);
  });

  it("goes on without a controller, and after a restart seeds what it has as soon as there is one", async (test) => {
    const controller = await controllerOf(test);
    const slow = { rates: { upload: 0, download: 3_000_000 } };
    controller.sessions.setDesired(SEEDER, asSeeder({ assigns: [anAssign(SEEDER, slow)] }));
    const seeder = start(test, controller, SEEDER);
    const complete = seeder.process.line(/"image complete"/);
    await until(controller, SEEDER, ({ completedBytes, state }) => {
      return state === "Fetching" && completedBytes > image.config.size;
    });
    controller.close();
    await complete;
    await seeder.process.stop();
    registry.forgetRequests();
    // Another controller of another authority, as after a new installation, that wants nothing new.
    const next = await controllerOf(test);
    for (const node of NODES.slice(0, 2)) {
      next.sessions.setDesired(node, desired({ assigns: [anAssign(node)] }));
    }
    start(test, next, SEEDER, { root: seeder.root });
    start(test, next, NODES[1]);
    const [kept, brought] = await Promise.all(
      NODES.slice(0, 2).map((node) => until(next, node, isReady)),
    );
    assert.deepEqual([kept?.localBytes, brought?.peerBytes], [totalBytes(), layerBytes()]);
    assert.deepEqual(registry.requests(), []);
  });

  it("goes on where it was when the node that fetched is lost, under a lease of its own", async (test) => {
    const controller = await controllerOf(test);
    registry.forgetRequests();
    const slow = { rates: { upload: 0, download: 2_000_000 } };
    const [, next, last] = NODES;
    controller.sessions.setDesired(SEEDER, asSeeder({ assigns: [anAssign(SEEDER, slow)] }));
    for (const node of [next, last]) {
      controller.sessions.setDesired(node, desired({ assigns: [anAssign(node)] }));
    }
    const [seeder] = NODES.map((node) => start(test, controller, node));
    const share = ({ completedBytes }: Progress) => completedBytes / totalBytes();
    await until(controller, next, (progress) => share(progress) > 0.4);
    const broken = controller.heard(SEEDER, "broken");
    seeder?.process.kill("SIGKILL");
    await broken;
    const second = leases().map((lease) => ({ ...lease, generation: 2 }));
    controller.sessions.setDesired(
      next,
      asSeeder({ assigns: [anAssign(next, { role: "Seeder" })], leases: second }),
    );
    const [taker, other] = await Promise.all(
      [next, last].map((node) => until(controller, node, isReady)),
    );
    assert.equal(other?.registryBytes, 0);
    // It has taken from the registry what the lost one had not given it yet.
    assert.ok((taker?.registryBytes ?? 0) < 0.75 * layerBytes(), `${taker?.registryBytes}`);
    assert.equal(taker?.completedBytes, totalBytes());
    const facts = controller.sessions.facts().get(next);
    for (const { digest } of second) assert.equal(facts?.held.has(digest), true);
  });

  it("finds the peers that the controller names, though there is no tracker", async (test) => {
    const controller = await controllerOf(test);
    const [, other] = NODES;
    const trackers: readonly string[] = [];
    controller.sessions.setDesired(SEEDER, asSeeder({ trackers }));
    const peers = leases().map(({ digest }) => ({
      digest,
      peers: [{ node: SEEDER, address: "127.0.0.2:6880" }],
    }));
    controller.sessions.setDesired(other, desired({ assigns: [anAssign(other)], trackers, peers }));
    for (const node of [SEEDER, other]) start(test, controller, node);
    const { peerBytes } = await until(controller, other, isReady);
    assert.equal(peerBytes, layerBytes());
  });

  it("gives piece hashes to members, and nothing else to anybody", async (test) => {
    const controller = await controllerOf(test);
    controller.sessions.setDesired(SEEDER, asSeeder());
    start(test, controller, SEEDER);
    await until(controller, SEEDER, isReady);
    const [record] = image.layers;
    assert.ok(record);
    const layer = { ...record, digest: parseDigest(record.digest) };
    const address = "127.0.0.2:6884";
    const issuer = { digest: layer.digest, generation: 1, node: SEEDER, address };
    const { signal } = new AbortController();
    const asMember = async ({ identity }: AController) => {
      const { csr, key } = await aRequest({});
      const signed = await identity.sign({ node: "node-9", addresses: [] }, csr);
      return membershipOf({ ...signed, zone: "" }, key, "node-9");
    };
    const member = await asMember(controller);
    const hashes = await issuerHashes(issuer, layer, member, signal);
    assert.equal(hashes?.length, 20 * pieceCount(layer.size));
    // Whoever answers under another node's name is not believed, and a stranger is not answered.
    const other = { ...issuer, node: "node-3" };
    assert.equal(await issuerHashes(other, layer, member, signal), undefined);
    const stranger = await asMember(await controllerOf(test));
    const trusting = { ...stranger, bundle: member.bundle };
    assert.equal(await issuerHashes(issuer, layer, trusting, signal), undefined);
    const client = connectDaemon(
      { kind: "tcp", host: "127.0.0.2", port: 6884 },
      { ca: member.bundle, certificate: { cert: member.certificate, key: member.key } },
    );
    atEnd(test, () => client.close());
    await assert.rejects(
      unary(client, methods.RemoveImage, { reference: "a/b:1" }),
      (error: ServiceError) => {
        return error.code === status.UNIMPLEMENTED;
      },
    );
  });

  it("drops what nobody assigns any more, and says so of the layers", async (test) => {
    const controller = await controllerOf(test);
    controller.sessions.setDesired(SEEDER, asSeeder());
    const agent = start(test, controller, SEEDER);
    await until(controller, SEEDER, isReady);
    const dropped = agent.process.line(/"image dropped, nobody wants it any more"/);
    controller.sessions.setDesired(SEEDER, desired());
    await dropped;
    while (controller.sessions.facts().get(SEEDER)?.held.size !== 0) {
      await controller.heard(SEEDER, "coverage");
    }
    assert.deepEqual(readdirSync(join(agent.root, "blobs/sha256")), []);
  });
});

const textBelow = (directory: string): string =>
  readdirSync(join(directory, "state"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
