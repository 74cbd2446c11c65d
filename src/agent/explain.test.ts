import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { methods } from "../api/index.ts";
import type { Explanation, PeerLink } from "../bt/index.ts";
import { type Descriptor, type Digest, digestOf, parseReference } from "../oci/index.ts";
import type { ActiveBlob } from "./blob-transfers.ts";
import { type ExplainDeps, explainImage } from "./explain.ts";
import type { ImageState, ImageView } from "./image-state.ts";
import { noTotals } from "./image-state.ts";
import type { Seeding } from "./seeding.ts";

const reference = parseReference("registry.example/app:1");
const aLayer = (content: string): Descriptor => ({
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest: digestOf(Buffer.from(content)),
  size: 1_000,
});
const layer = aLayer("one");

type World = {
  readonly state?: ImageState;
  readonly layers?: readonly Descriptor[];
  readonly stored?: readonly Digest[];
  readonly role?: ExplainDeps["role"];
  readonly active?: ActiveBlob;
  /** "webtorrent": an engine that tells nothing; "none": BitTorrent is off. */
  readonly engine?: "lean" | "webtorrent" | "none";
  readonly told?: Explanation;
  readonly serving?: boolean;
};

function explained(world: World) {
  const { state = { state: "transferring" }, layers = [layer], engine = "lean" } = world;
  const view: ImageView = {
    record: { reference, wanted: { kind: "all" }, desired: "started", trackers: [] },
    state,
    plan: { top: layer, manifests: [], configs: [], layers: [...layers] },
    stored: new Set(world.stored),
    totals: noTotals,
  };
  const seeding = {
    isServing: () => world.serving ?? false,
    infoHashOf: () => undefined,
    ...(engine === "lean" && { explain: () => world.told }),
  } as unknown as Seeding;
  return explainImage(reference, view, {
    blobs: { active: () => world.active } as unknown as ExplainDeps["blobs"],
    role: world.role ?? "leecher",
    engine,
    ...(engine !== "none" && { seeding }),
  });
}

const toldWith = (about: Partial<Explanation>): Explanation => ({
  findings: [{ code: "NoPeers", text: "the tracker knows of no other peer" }],
  links: [],
  copiesHistogram: [],
  ...about,
});
const aLink = (node: string): PeerLink => ({
  peer: { node, zone: "a", address: "10.0.0.1:6881", kind: "agent" },
  dialled: true,
  inFlight: 131_072,
  downBps: 1_000_000.4,
  upBps: 0,
  askMs: 12.3,
  holds: 7,
  strikes: 1,
});
const fromPeers = { completedBytes: 10, bytesPerSecond: 5, source: "SOURCE_PEER" } as const;
const fromRegistry = {
  completedBytes: 10,
  bytesPerSecond: 5.4,
  source: "SOURCE_REGISTRY",
} as const;

describe("explaining an image", () => {
  it("says of one that was never started that it was not", () => {
    const answer = explainImage(reference, undefined, {
      blobs: {} as ExplainDeps["blobs"],
      role: "leecher",
      engine: "lean",
    });
    assert.deepEqual(answer, {
      image: { reference: "registry.example/app:1" },
      findings: [
        {
          code: "NotAssigned",
          text: 'it was not started here: run "oci-torrent-ctr start registry.example/app:1"',
        },
      ],
    });
  });

  const images: Record<string, [World, string, RegExp]> = {
    stopped: [{ state: { state: "stopped" } }, "NotAssigned", /^it was stopped: run ".*start/],
    "that waits for a seeder": [{ state: { state: "resolving" } }, "WaitingForSeeder", /seeder/],
    "that a registry is asked about": [
      { state: { state: "resolving" }, role: "seeder" },
      "AskingRegistry",
      /registry/,
    ],
    "that waits for room on the disk": [
      { state: { state: "paused", reason: "DiskPressure", message: "the disk is full" } },
      "DiskPressure",
      /^the disk is full$/,
    ],
    "that failed": [
      { state: { state: "failed", reason: "NotFound", message: "no such tag" } },
      "NotFound",
      /^no such tag$/,
    ],
    "that is under way": [{}, "Transferring", /^0 of 1 layers are complete$/],
    "that is under way, and has a layer": [
      { layers: [layer, aLayer("two")], stored: [layer.digest] },
      "Transferring",
      /^1 of 2 layers are complete$/,
    ],
    "that is served": [{ state: { state: "seeding" } }, "Done", /served to peers$/],
    "that is complete without BitTorrent": [
      { state: { state: "complete" }, engine: "none" },
      "Done",
      /BitTorrent is off here$/,
    ],
  };
  for (const [what, [world, code, text]] of Object.entries(images)) {
    it(`says why of one ${what}`, () => {
      const { findings } = explained(world);
      assert.equal(findings?.[0]?.code, code);
      assert.match(findings?.[0]?.text ?? "", text);
    });
  }
});

describe("explaining a layer", () => {
  const two = [
    { code: "NoHashes", text: "x" },
    { code: "OriginStalled", text: "y" },
    { code: "UploadLimited", text: "z" },
  ];
  const layers: Record<string, [World, string[]]> = {
    "of which the engine tells": [{ active: fromPeers, told: toldWith({}) }, ["NoPeers"]],
    "that comes from the registry": [
      { active: fromRegistry, told: toldWith({ findings: [...two.slice(0, 1), ...two.slice(2)] }) },
      ["Fetching", "UploadLimited"],
    ],
    "whose registry is silent": [
      { active: fromRegistry, told: toldWith({ findings: two }) },
      ["OriginStalled", "Fetching", "UploadLimited"],
    ],
    "that comes from the registry without BitTorrent": [
      { active: fromRegistry, engine: "none" },
      ["Fetching"],
    ],
    "that the engine does not have yet": [{ active: fromPeers }, ["Starting"]],
    "that nobody wants": [{ state: { state: "stopped" } }, ["NotAssigned"]],
    "that another engine moves": [
      { active: fromPeers, engine: "webtorrent" },
      ["Transferring", "NoDetails"],
    ],
    "that another engine serves": [
      { stored: [layer.digest], serving: true, engine: "webtorrent" },
      ["Done", "NoDetails"],
    ],
    "that is here without BitTorrent": [{ stored: [layer.digest], engine: "none" }, ["Done"]],
    "of which the engine finds nothing": [
      { stored: [layer.digest], serving: true, told: toldWith({ findings: [] }) },
      ["Done"],
    ],
  };
  for (const [what, [world, codes]] of Object.entries(layers)) {
    it(`tells of one ${what}`, () => {
      const [found] = explained(world).layers ?? [];
      assert.deepEqual(
        found?.findings?.map(({ code }) => code),
        codes,
      );
      assert.ok(found?.findings?.every(({ text }) => text !== ""));
    });
  }

  it("shows its links and copies, in whole numbers", () => {
    const told = toldWith({ links: [aLink("n1")], copiesHistogram: [3, 4] });
    const [found] = explained({ active: fromPeers, told }).layers ?? [];
    assert.deepEqual(found?.links, [
      {
        ...{ address: "10.0.0.1:6881", node: "n1", zone: "a", kind: "agent", dialled: true },
        ...{ inFlightBytes: 131_072, downBytesPerSecond: 1_000_000, upBytesPerSecond: 0 },
        ...{ askMs: 12, heldPieces: 7, strikes: 1 },
      },
    ]);
    assert.deepEqual([found?.linkCount, found?.piecesByCopies], [1, [3, 4]]);
  });

  it("keeps each list and each text within its bound", () => {
    const long = "x".repeat(10_000);
    const told = toldWith({
      findings: Array.from({ length: 17 }, () => ({ code: long, text: long })),
      links: Array.from({ length: 65 }, () => aLink(long)),
      copiesHistogram: Array.from({ length: 70 }, () => 1),
    });
    const [found] = explained({ active: fromPeers, told }).layers ?? [];
    assert.equal(found?.findings?.length, 16);
    assert.equal(found?.findings?.[0]?.text?.length, 401);
    assert.deepEqual([found?.links?.length, found?.linkCount], [64, 65]);
    assert.equal(found?.links?.[0]?.node?.length, 129);
    assert.deepEqual(found?.piecesByCopies, [...Array.from({ length: 63 }, () => 1), 7]);
  });

  it("keeps numbers that are none out of the answer", () => {
    const broken = { ...aLink("n"), askMs: Number.NaN, upBps: Number.POSITIVE_INFINITY, holds: -1 };
    const told = toldWith({ links: [broken] });
    const [link] = explained({ active: fromPeers, told }).layers?.[0]?.links ?? [];
    assert.deepEqual([link?.askMs, link?.upBytesPerSecond, link?.heldPieces], [0, 0, 0]);
  });

  it("fits a message when an image has many layers with many links", () => {
    const told = toldWith({ links: Array.from({ length: 64 }, () => aLink("é".repeat(500))) });
    const layers = Array.from({ length: 1_000 }, (_, index) => aLayer(String(index)));
    const answer = explained({ layers, active: fromPeers, told });
    const links = answer.layers?.reduce((sum, one) => sum + (one.links?.length ?? 0), 0);
    assert.equal(links, 2_048);
    assert.equal(answer.layers?.at(-1)?.linkCount, 64);
    assert.ok(methods.Explain.responseSerialize(answer).length < 4 * 1024 * 1024);
  });
});
