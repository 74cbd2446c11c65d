import assert from "node:assert/strict";
import { it } from "node:test";
import { aDigest } from "../../api/testing/index.ts";
import { Holders } from "./holders.ts";

it("a blob that made room for another is held no longer", () => {
  const holders = new Holders();
  const [one, two, three] = [aDigest("1"), aDigest("2"), aDigest("3")];
  const [before, after] = [
    new Map([
      [one, 1],
      [two, 1],
    ]),
    new Map([
      [two, 1],
      [three, 1],
    ]),
  ];
  holders.change("a", undefined, before);
  holders.changeOne("a", three, before, after);
  assert.deepEqual(
    [one, two, three].map((digest) => [...holders.of(digest)]),
    [[], ["a"], ["a"]],
  );
  holders.change("a", after);
  assert.deepEqual([...holders.of(three)], []);
});
