import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ImageDistributionStatus } from "../../api/index.ts";
import { decide } from "../decide/decide.ts";
import { aLayer, aNode, anImage, aResolvedImage, aWorld } from "../testing/a-world.ts";
import { imageBefore } from "./image-before.ts";
import { digestNamed } from "./testing/a-question.ts";

const [one, two, three] = [aLayer("one"), aLayer("two"), aLayer("three")];
const amd64 = anImage([one, two]);
const arm64 = { ...anImage([one, three]), platform: "linux/arm64" };

/** What the controller writes about an image. */
function statusAbout(platforms: Parameters<typeof aResolvedImage>[0]) {
  const image = aResolvedImage(platforms);
  const nodes = [aNode("a"), { ...aNode("b"), platform: "linux/arm64" }];
  const { status } = decide(aWorld({ nodes, image }));
  assert.ok(status !== undefined);
  return { image, status };
}

describe("what the status says of an image", () => {
  it("is all that the registry had said", () => {
    for (const platforms of [[amd64], [amd64, arm64]]) {
      const { image, status } = statusAbout(platforms);
      const before = imageBefore(status);
      assert.deepEqual(before?.image, image);
      assert.equal(before?.digest, image.digest);
      assert.equal(before?.reference, image.reference);
      assert.equal(before?.resolvedAt, image.resolvedAt);
    }
  });

  it("tells for which refresh it was looked up", () => {
    const { status } = statusAbout([amd64]);
    const before = imageBefore({ ...status, lastHandledRefresh: "1" });
    assert.equal(before?.refresh, "1");
    assert.equal(before?.image?.refresh, "1");
  });

  it("is the digest alone where there was no room for all layers", () => {
    const layers = Array.from({ length: 257 }, (_, index) => aLayer(`layer-${index}`));
    const { image, status } = statusAbout([anImage(layers)]);
    assert.deepEqual(imageBefore(status), {
      reference: image.reference,
      digest: image.digest,
      resolvedAt: image.resolvedAt,
      refresh: undefined,
      image: undefined,
    });
  });

  it("is nothing at first", () => assert.equal(imageBefore({ observedGeneration: -1 }), undefined));

  const { status } = statusAbout([amd64]);
  const resolved = status.resolved ?? assert.fail("the image is not in the status");
  const odd: Record<string, Partial<typeof resolved>> = {
    "a digest that is none": { digest: "no digest" },
    "a time that is none": { resolvedTime: "no time" },
    "a reference that is none": { reference: "no reference" },
  };
  for (const [what, part] of Object.entries(odd)) {
    it(`is nothing with ${what}`, () => {
      assert.notEqual(imageBefore(status), undefined);
      assert.equal(imageBefore({ ...status, resolved: { ...resolved, ...part } }), undefined);
    });
  }

  const incomplete: Record<string, ImageDistributionStatus> = {
    "without its layers": { observedGeneration: 1, resolved },
    "with a manifest's digest that is none": {
      ...status,
      resolved: {
        ...resolved,
        platforms: resolved.platforms.map((one) => ({ ...one, digest: "" })),
      },
    },
    "with a layer's digest that is none": {
      ...status,
      layers: (status.layers ?? []).map((row) => ({ ...row, digest: digestNamed("x").slice(1) })),
    },
  };
  for (const [what, written] of Object.entries(incomplete)) {
    it(`is not all of it ${what}`, () => {
      const before = imageBefore(written);
      assert.equal(before?.digest, resolved.digest);
      assert.equal(before?.image, undefined);
    });
  }
});
