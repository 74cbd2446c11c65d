import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { decide } from "../decide/decide.ts";
import { image, nodes, one, two } from "../testing/a-fleet.ts";
import { aLease, aWorld, NOW } from "../testing/a-world.ts";
import { LeaseTable } from "./lease-table.ts";

const A = "team/a/uid-a";
const B = "team/b/uid-b";
const lease = (fields: Parameters<typeof aLease>[2] = {}) =>
  aLease(one, "n1", { owner: A, ...fields });
const news = (fields: object = {}) => ({
  digest: one.digest,
  generation: 1,
  registryBytes: 0,
  ...fields,
});

describe("the table of leases", () => {
  let table: LeaseTable;
  beforeEach(() => {
    table = new LeaseTable();
  });

  it("has what was decided, and tells whom that concerns", () => {
    const other = aLease(two, "n2", { owner: A });
    assert.deepEqual(table.set(A, [lease(), other]), new Set(["n1", "n2"]));
    assert.deepEqual(table.of([one.digest]), [lease()]);
    assert.deepEqual(table.on("n2"), [other]);
    assert.deepEqual(table.set(A, [lease(), other]), new Set());
    assert.deepEqual(table.set(A, [other]), new Set(["n1"]));
    assert.deepEqual(table.of([one.digest, two.digest]), [other]);
  });

  it("moves a lease to another node with a higher generation, and tells both", () => {
    table.set(A, [lease()]);
    const moved = lease({ node: "n3", generation: 2 });
    assert.deepEqual(table.set(A, [moved]), new Set(["n1", "n3"]));
    assert.deepEqual(table.of([one.digest]), [moved]);
    assert.deepEqual(
      table.generationsOf([one.digest, two.digest]),
      new Map([
        [one.digest, 2],
        [two.digest, 0],
      ]),
    );
  });

  it("keeps the highest generation when nobody has a lease any more", () => {
    table.set(A, [lease({ generation: 7 })]);
    table.set(A, []);
    assert.equal(table.generationsOf([one.digest]).get(one.digest), 7);
  });

  it("counts generations from a floor, and still knows those below it", () => {
    const later = new LeaseTable(1_000);
    assert.equal(later.generationsOf([one.digest]).get(one.digest), 1_000);
    assert.equal(later.note("n1", "", news({ generation: 5 }), NOW), true);
    assert.equal(later.generationsOf([one.digest]).get(one.digest), 1_000);
    later.set(A, [lease({ generation: 1_001, node: "n2" })]);
    assert.equal(later.generationsOf([one.digest]).get(one.digest), 1_001);
  });

  it("leaves those of another distribution alone", () => {
    table.set(A, [lease()]);
    assert.deepEqual(table.set(B, [lease()]), new Set());
    assert.deepEqual(table.set(B, []), new Set());
    assert.deepEqual(table.of([one.digest]), [lease()]);
  });

  it("gives a layer that another's node failed to bring to somebody else, and tells both", () => {
    table.set(A, [lease()]);
    table.note("n1", "", news({ reason: "NotFound" }), NOW);
    const mine = lease({ owner: B, node: "n4", generation: 2 });
    assert.deepEqual(table.set(B, [mine]), new Set(["n1", "n4"]));
    assert.deepEqual(table.of([one.digest]), [mine]);
  });

  it("has one for each zone", () => {
    const zones = [lease({ zone: "x" }), lease({ zone: "y", node: "n2", generation: 2 })];
    table.set(A, zones);
    assert.deepEqual(table.of([one.digest]), zones);
  });

  it("notes a failure once, and has no node work by a lease that failed", () => {
    table.set(A, [lease()]);
    const failed = news({ reason: "Unauthorized", message: "no" });
    assert.equal(table.note("n1", "", failed, NOW), true);
    assert.equal(table.note("n1", "", failed, NOW + 5), false);
    assert.deepEqual(table.of([one.digest])[0]?.failure, { message: "Unauthorized: no", at: NOW });
    assert.deepEqual(table.on("n1"), []);
  });

  it("takes over what an agent works on for an earlier leader, for whoever wants it", () => {
    assert.equal(table.note("n1", "x", news({ generation: 5, registryBytes: 70 }), NOW), true);
    const [ownerless] = table.ownerless();
    assert.deepEqual(ownerless, lease({ zone: "x", generation: 5, owner: "" }));
    assert.deepEqual(
      table.set(B, [aLease(one, "n1", { zone: "x", generation: 5, owner: "" })]),
      new Set(["n1"]),
    );
    assert.deepEqual(table.ownerless(), []);
    assert.equal(table.bytesFor(B), 70);
    assert.equal(table.of([one.digest])[0]?.owner, B);
  });

  it("believes nobody who works by an older lease", () => {
    table.set(A, [lease({ generation: 5, node: "n2" })]);
    assert.equal(table.note("n1", "", news({ generation: 4 }), NOW), false);
    assert.equal(table.note("n1", "x", news({ generation: 5 }), NOW), false);
    assert.deepEqual(table.of([one.digest]), [lease({ generation: 5, node: "n2" })]);
  });

  it("counts what the registry gave, by the highest that each lease reported", () => {
    table.set(A, [lease()]);
    table.note("n1", "", news({ registryBytes: 30 }), NOW);
    table.note("n1", "", news({ registryBytes: 20 }), NOW);
    table.set(A, [lease({ node: "n2", generation: 2 })]);
    table.note("n2", "", news({ generation: 2, registryBytes: 9 }), NOW);
    assert.equal(table.bytesFor(A), 39);
    table.countAnew(A);
    assert.deepEqual([table.bytesFor(A), table.bytesFor(B)], [0, 0]);
  });

  it("comes to rest with decisions: deciding again changes nothing", () => {
    const world = aWorld({ nodes, image });
    const digests = [one.digest, two.digest];
    const first = decide(world);
    assert.equal(
      table.set(
        A,
        first.leases.map((each) => ({ ...each, owner: A })),
      ).size,
      1,
    );
    const key = { ...world.distribution, key: A };
    const again = decide({
      ...world,
      distribution: key,
      memory: first.memory,
      leases: table.of(digests),
      generations: table.generationsOf(digests),
    });
    assert.equal(table.set(A, again.leases).size, 0);
    assert.equal(table.of(digests).length, 2);
  });
});
