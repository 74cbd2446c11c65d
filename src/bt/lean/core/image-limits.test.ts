// Limits of images under those of their node, in virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Input } from "./messages.ts";
import { aSwarm, finish, MB, type Swarm } from "./testing/swarm.ts";

const LINK_BPS = 12_500_000;
type Way = "upload" | "download";

/** Two images that everybody wants, of which the first is limited on the node that the way is about; or on all leechers. */
function twoImages(way: Way, bps: number, node: { downloadBps?: number; uploadBps?: number } = {}) {
  const swarm = aSwarm({
    leechers: 1,
    bps: LINK_BPS,
    layers: [30 * MB, 80 * MB],
    spec: (rank) => ({ group: `image ${rank}` }),
    node: () => node,
  });
  limit(swarm, way, bps);
  return swarm;
}

function limit({ network, origin, leechers }: Swarm, way: Way, bps: number): void {
  const limits = {
    uploadBps: way === "upload" ? bps : 0,
    downloadBps: way === "download" ? bps : 0,
  };
  const input: Input = { on: "imageLimits", image: "image 0", ...limits };
  for (const node of way === "upload" ? [origin] : leechers) network.tell(node, input);
}

/** Bytes a second of each layer at the first leecher, from now on for so long. */
function ratesOver({ network, leechers, layers }: Swarm, seconds: number): number[] {
  const had = () =>
    layers.map(({ key, pieceBytes }) => {
      const pieces = leechers[0]?.blobs.get(key)?.disk.heldPieces ?? 0;
      return pieces * pieceBytes;
    });
  const before = had();
  network.run(network.nowMs + seconds * 1000, () => false);
  return had().map((bytes, index) => (bytes - (before[index] ?? 0)) / seconds);
}

const isNear = (rate: number | undefined, bps: number, within = 0.06) =>
  rate !== undefined && Math.abs(rate / bps - 1) <= within;

describe("an image with a limit of its own", () => {
  for (const way of ["download", "upload"] as const) {
    it(`keeps to it for its ${way}, and does not hold up another`, () => {
      const swarm = twoImages(way, 1_000_000);
      ratesOver(swarm, 0.3);
      const [limited, free] = ratesOver(swarm, 5);
      assert.ok(isNear(limited, 950_000, 0.1), `${limited} a second`);
      assert.ok((free ?? 0) > 0.8 * LINK_BPS, `${free} a second`);
      ratesOver(swarm, 3);
      const [later] = ratesOver(swarm, 10);
      assert.ok(isNear(later, 1_000_000), `${later} a second`);
      finish(swarm);
    });

    it(`has another ${way} rate within two seconds of being given one, and any when it has none`, () => {
      const swarm = twoImages(way, 500_000);
      ratesOver(swarm, 4);
      limit(swarm, way, 2_000_000);
      ratesOver(swarm, 2);
      const [faster] = ratesOver(swarm, 5);
      assert.ok(isNear(faster, 2_000_000, 0.1), `${faster} a second`);
      limit(swarm, way, 250_000);
      ratesOver(swarm, 2);
      const [slower] = ratesOver(swarm, 10);
      assert.ok(isNear(slower, 250_000, 0.15), `${slower} a second`);
      limit(swarm, way, 0);
      const { ratio } = finish(swarm);
      assert.ok(ratio > 1 && swarm.leechers.every(({ blamed }) => blamed.length === 0));
    });
  }

  it("keeps to its node's limit as well, which all share", () => {
    const swarm = twoImages("download", 1_000_000, { downloadBps: 3_000_000 });
    ratesOver(swarm, 1);
    const [limited = 0, free = 0] = ratesOver(swarm, 5);
    assert.ok(limited <= 1_060_000 && limited > 500_000, `${limited} a second`);
    assert.ok(isNear(limited + free, 3_000_000), `${limited} and ${free} a second`);
  });

  it("is limited by the fastest of those that want it", () => {
    const swarm = twoImages("download", 500_000);
    const { network } = swarm;
    for (const node of swarm.leechers) {
      const other = { image: "other", uploadBps: 0, downloadBps: 2_000_000 };
      network.tell(node, { on: "imageLimits", ...other });
    }
    network.run(network.nowMs + 1_000, () => false);
    for (const node of swarm.leechers) {
      const spec = node.blobs.get(swarm.layers[0]?.key ?? ("" as never))?.spec;
      assert.ok(spec);
      network.tell(node, { on: "blobWanted", blob: { ...spec, images: ["image 0", "other"] } });
    }
    ratesOver(swarm, 1);
    const [rate] = ratesOver(swarm, 5);
    assert.ok(isNear(rate, 2_000_000, 0.1), `${rate} a second`);
  });
});
