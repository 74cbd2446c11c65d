import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { parseReference } from "../../src/oci/index.ts";
import { filesMatching } from "../../tools/sources.ts";
import { TOP } from "../../tools/top.ts";
import { suite } from "../support/at-end.ts";
import { aCluster, type Cluster } from "./cluster.ts";
import { digest, image, invalidImages, invalidSpecs, type Spec } from "./invalid-distributions.ts";
import { lackingCluster } from "./programs.ts";

const distribution = (spec: Spec, name = "app") => ({
  apiVersion: "oci-torrent.io/v1alpha1",
  kind: "ImageDistribution",
  metadata: { name },
  spec,
});

/** `*` in a pattern stands for what the server adds, such as the value that it refuses. */
function assertSays(text: string, pattern: string): void {
  const parts = pattern.split("*").map((part) => RegExp.escape(part.trim()));
  assert.match(text, new RegExp(parts.join(".*"), "s"));
}

describe("admission", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: Cluster;
  before(async () => {
    cluster = await aCluster(scope);
  });

  const create = (object: object) =>
    cluster.kubectl(["create", "--dry-run=server", "-f", "-"], {
      input: JSON.stringify(object),
      codes: "any",
    });

  async function assertRefused(bad: object, says: string, good: object): Promise<void> {
    const [refused, accepted] = await Promise.all([create(bad), create(good)]);
    assert.equal(accepted.code, 0, accepted.stderr);
    assert.equal(refused.code, 1, refused.stdout);
    assertSays(refused.stderr, says);
  }

  for (const [what, { bad, says, good }] of Object.entries(invalidImages)) {
    it(`refuses an image ${what}, as our own reader of references does`, async () => {
      await assertRefused(distribution(bad), says, distribution(good));
      assert.throws(() => parseReference(bad.image), { code: "REFERENCE_INVALID" });
      assert.doesNotThrow(() => parseReference(good.image));
    });
  }

  for (const [what, { bad, says, good }] of Object.entries(invalidSpecs)) {
    it(`refuses ${what}`, () => assertRefused(distribution(bad), says, distribution(good)));
  }

  it("refuses an object without a spec", () =>
    assertRefused(
      { ...distribution({}), spec: undefined },
      "spec: Required value",
      distribution({ image }),
    ));

  it("refuses a name of 254 characters", () =>
    assertRefused(
      distribution({ image }, "a".repeat(254)),
      "metadata.name: * must be no more than 253",
      distribution({ image }, "a".repeat(253)),
    ));

  it("refuses a node's image whose key is not that of a distribution", () => {
    const wanted = {
      image,
      digest,
      platform: "linux/amd64",
      role: "Seeder",
      load: "Never",
      pin: "Never",
      priority: 0,
      revision: "1",
    };
    const set = (key: string) => ({
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "NodeImageSet",
      metadata: { name: "node-a" },
      spec: { images: [{ key, ...wanted }] },
    });
    return assertRefused(
      set("app"),
      "spec.images[0].key: * must be namespace/name/uid of an ImageDistribution",
      set("default/app/0-1"),
    );
  });

  for (const file of filesMatching("deploy/examples/*.yaml")) {
    it(`accepts ${file.slice(TOP.length + 1)}`, async () => {
      await cluster.kubectl(["apply", "-f", file]);
      const { stdout } = await cluster.kubectl(["get", "-f", file, "-o", "name"]);
      assert.match(stdout, /^imagedistribution\.oci-torrent\.io\//);
      await cluster.kubectl(["delete", "-f", file]);
    });
  }
});
