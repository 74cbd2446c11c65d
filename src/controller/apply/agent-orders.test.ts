import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decide } from "../decide/decide.ts";
import type { World } from "../decide/world.ts";
import { newFleet } from "../reconcile/fleet.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";
import { aSession } from "../testing/a-session.ts";
import {
  aDigest,
  aLayer,
  aLease,
  aNode,
  anImage,
  aResolvedImage,
  aWorld,
  KEY,
  seedersIn,
} from "../testing/a-world.ts";
import { type OrdersInput, ordersFor } from "./agent-orders.ts";

const [small, large] = [aLayer("small", 10), aLayer("large", 90)];
const image = aResolvedImage([anImage([small, large])]);
const configDescriptor = {
  digest: aDigest("config"),
  size: 3,
  mediaType: "application/vnd.oci.image.config.v1+json",
};
const manifest = {
  manifest: Buffer.from("manifest"),
  config: Buffer.from("cfg"),
  configDescriptor,
};
const documents = {
  index: Buffer.from("index"),
  manifests: new Map([[anImage().digest, manifest]]),
};
const token = {
  host: "registry.example",
  repository: "app",
  login: { bearerToken: "canary" },
  expiresAtMs: 9,
};

/** What a decision left in the fleet, and what agents are told of it. */
function decided(fields: Partial<World> = {}, input: Partial<OrdersInput> = {}) {
  const nodes = ["a", "b", "c"].map((name) => aNode(name));
  const world = { ...aWorld({ nodes, image }), ...fields };
  const decision = decide(world);
  const fleet = newFleet(0);
  fleet.sets.set(KEY, decision.assignments);
  fleet.leases.set(KEY, decision.leases);
  fleet.images.set(KEY, { spec: world.distribution.spec, image });
  const sessions = new Map(
    ["a", "b", "c"].map((name, i) => [name, aSession(name, { addresses: [`10.0.0.${i + 1}`] })]),
  );
  const [seeder = ""] = seedersIn(decision);
  const [leecher = ""] = ["a", "b", "c"].filter((name) => name !== seeder);
  const given: OrdersInput = {
    fleet,
    sessions,
    holders: (digest) =>
      [...given.sessions.values()].filter(({ held }) => held.has(digest)).map(({ node }) => node),
    documents: () => documents,
    credential: () => token,
    trackers: ["http://10.0.0.9:6882/announce"],
    zoneOf: () => "",
    ...input,
  };
  return {
    given,
    fleet,
    sessions,
    seeder,
    leecher,
    decision,
    orders: (node: string) => ordersFor(node, given),
  };
}

describe("what an agent is told", () => {
  it("is the image, with its documents, and the blobs in the order in which they are wanted", () => {
    const { orders, leecher, decision } = decided();
    const { assigns, trackers, unchanged } = orders(leecher);
    assert.deepEqual(assigns, [
      {
        key: KEY,
        revision: decision.assignments.get(leecher)?.revision,
        reference: "registry.example/app:1",
        digest: anImage().digest,
        platform: "linux/amd64",
        role: "Leecher",
        load: "Never",
        pin: "Never",
        priority: 0,
        rates: { upload: 0, download: 0 },
        retainSeconds: 86_400,
        blobs: [
          { ...configDescriptor, rank: 0 },
          { ...large, rank: 1 },
          { ...small, rank: 2 },
        ],
        index: documents.index,
        manifest: manifest.manifest,
        config: manifest.config,
      },
    ]);
    assert.deepEqual([trackers, unchanged], [["http://10.0.0.9:6882/announce"], []]);
  });

  it("is how fast it may go", () => {
    const { fleet, orders, leecher } = decided();
    const limits = { uploadBytesPerSecond: "1Mi", downloadBytesPerSecond: "2k" };
    const known = fleet.images.get(KEY) ?? assert.fail("no image");
    fleet.images.set(KEY, { ...known, spec: { ...known.spec, limits } });
    assert.deepEqual(orders(leecher).assigns[0]?.rates, { upload: 2 ** 20, download: 2_000 });
  });

  it("is what to fetch from where, and with what, for a seeder alone", () => {
    const { orders, seeder, leecher } = decided();
    const { leases, credentials } = orders(seeder);
    assert.equal(orders(seeder).assigns[0]?.role, "Seeder");
    assert.deepEqual(
      leases.toSorted((a, b) =>
        a.digest === large.digest ? -1 : b.digest === large.digest ? 1 : 0,
      ),
      [large, small].map(({ digest }) => ({
        digest,
        generation: 1,
        fromPiece: 0,
        repository: "registry.example/app",
      })),
    );
    assert.deepEqual(credentials, [token]);
    assert.deepEqual([orders(leecher).leases, orders(leecher).credentials], [[], []]);
  });

  it("is no credential where none is needed", () => {
    const { login: _, ...open } = token;
    const { orders, seeder } = decided({}, { credential: () => open });
    assert.deepEqual(orders(seeder).credentials, []);
  });

  it("is who knows the hashes of what is being fetched: of its own zone where there are two", () => {
    const { orders, seeder, leecher, sessions, fleet } = decided();
    const { issuers } = orders(leecher);
    const [address] = sessions.get(seeder)?.addresses ?? [];
    assert.deepEqual(
      new Set(issuers.map(({ digest }) => digest)),
      new Set([small.digest, large.digest]),
    );
    assert.ok(issuers.every((one) => one.node === seeder && one.address === `${address}:6884`));
    assert.deepEqual(orders(seeder).issuers, []);
    sessions.set("far", aSession("far", { addresses: ["fd00::1"] }));
    fleet.leases.set("other", [aLease(small, "far", { zone: "z", owner: "other", generation: 2 })]);
    const zoned = { ...decided().given, fleet, sessions };
    const issuerIn = (zone: string) =>
      ordersFor(leecher, {
        ...zoned,
        zoneOf: (node) => (node === "far" || node === leecher ? zone : ""),
      }).issuers.find(({ digest }) => digest === small.digest);
    assert.deepEqual(issuerIn("z"), {
      digest: small.digest,
      generation: 2,
      node: "far",
      address: "[fd00::1]:6884",
    });
    assert.equal(issuerIn("")?.node, seeder);
  });

  it("is whom to ask for a blob, none whose session broke, those of its zone first", () => {
    const holder = (name: string, fields: Partial<SessionFacts> = {}) =>
      [
        name,
        aSession(name, { held: new Map([[small.digest, 10]]), addresses: ["10.9.9.9"], ...fields }),
      ] as const;
    const sessions = new Map([
      holder("far"),
      holder("broken", { brokenAtMs: 1 }),
      holder("near"),
      ["a", aSession("a")] as const,
    ]);
    const { given } = decided({}, { sessions, zoneOf: (node) => (node === "far" ? "x" : "") });
    const { peers } = ordersFor("a", given);
    assert.deepEqual(peers, [
      {
        digest: small.digest,
        peers: ["near", "far"].map((node) => ({ node, address: "10.9.9.9:6880" })),
      },
    ]);
    // Who has it asks nobody.
    sessions.set(...holder("a"));
    const { peers: none, whole } = ordersFor("a", given);
    assert.deepEqual([none, whole], [[], [small.digest]]);
  });

  it("is to leave as it is what is not known for now", () => {
    const { given, leecher } = decided({}, { documents: () => undefined });
    const { assigns, unchanged } = ordersFor(leecher, given);
    assert.deepEqual([assigns, unchanged], [[], [KEY]]);
    const { fleet } = given;
    fleet.images.delete(KEY);
    assert.deepEqual(ordersFor(leecher, { ...given, documents: () => documents }).unchanged, [KEY]);
  });

  it("is to go on with what it fetches, whoever let it, while that is not known here", () => {
    const { fleet, orders } = decided();
    assert.deepEqual(orders("c").unchangedLeases, []);
    fleet.leases.note("c", "z", { digest: small.digest, generation: 7, registryBytes: 1 }, 0);
    assert.deepEqual(orders("c").unchangedLeases, [small.digest]);
  });

  it("is nothing where nothing is wanted", () => {
    const { orders } = decided();
    assert.deepEqual(
      { ...orders("other"), trackers: [] },
      {
        assigns: [],
        unchanged: [],
        unchangedLeases: [],
        leases: [],
        credentials: [],
        trackers: [],
        peers: [],
        whole: [],
        issuers: [],
      },
    );
  });
});
