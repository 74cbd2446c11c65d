import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom, shuffled } from "./shuffle.ts";

const ITEMS = ["a", "b", "c", "d"];
const orders = (seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: 400 }, () => shuffled(ITEMS, random).join(""));
};

describe("shuffled", () => {
  it("keeps each item once", () => {
    for (const order of orders(1)) assert.deepEqual([...order].sort(), ITEMS);
  });

  it("gives the same orders for the same seed, and others for another", () => {
    assert.deepEqual(orders(1), orders(1));
    assert.notDeepEqual(orders(1), orders(2));
  });

  it("gives every order", () => {
    assert.equal(new Set(orders(3)).size, 24);
  });
});
