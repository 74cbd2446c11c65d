import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { swarmName } from "../../bt/index.ts";
import { hexOf } from "../../oci/index.ts";
import type { Layer } from "../decide/world.ts";
import { aLayer, anImage } from "../testing/a-world.ts";
import { AdmittedSwarms } from "./admitted-swarms.ts";

const [one, two, three] = [aLayer("one", 1_000), aLayer("two", 100), aLayer("three", 10)];
const nameOf = ({ digest, size }: Layer) => swarmName({ name: hexOf(digest), size });
const image = (...layers: readonly Layer[]) => ({ platforms: [anImage(layers)] });
const admitted = (swarms: AdmittedSwarms) =>
  [one, two, three].filter((layer) => swarms.has(nameOf(layer)));

describe("swarms that a tracker admits", () => {
  it("are those of layers that distributions want, of all their platforms", () => {
    const swarms = new AdmittedSwarms();
    assert.deepEqual(admitted(swarms), []);
    swarms.set("a", { platforms: [anImage([one]), anImage([two], "linux/arm64")] });
    assert.deepEqual(admitted(swarms), [one, two]);
    assert.ok(!swarms.has(nameOf({ ...one, size: 999 })));
  });

  it("go with the last distribution that wants the layer", () => {
    const swarms = new AdmittedSwarms();
    swarms.set("a", image(one, two));
    swarms.set("b", image(two, two, three));
    swarms.delete("a");
    assert.deepEqual(admitted(swarms), [two, three]);
    swarms.set("b", image(three));
    assert.deepEqual(admitted(swarms), [three]);
    swarms.delete("b");
    swarms.delete("b");
    assert.deepEqual(admitted(swarms), []);
  });

  it("are all, while layers are unknown that nodes may be bringing for an earlier leader", () => {
    const swarms = new AdmittedSwarms();
    for (const key of ["a", "b"]) swarms.expect(key);
    swarms.set("a", image(one));
    assert.deepEqual(admitted(swarms), [one, two, three]);
    swarms.delete("b");
    assert.deepEqual(admitted(swarms), [one]);
  });
});
