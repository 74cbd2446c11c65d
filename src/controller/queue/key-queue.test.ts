import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../testing/property-runs.ts";
import { KeyQueue } from "./key-queue.ts";

type Step =
  | { readonly do: "add" | "later" | "finish"; readonly key: string; readonly ms: number }
  | { readonly do: "take" | "pass"; readonly ms: number };

const key = fc.constantFrom("a", "b", "c", "d", "e");
const ms = fc.integer({ min: 0, max: 50 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("add" as const, "later" as const, "finish" as const), key, ms }),
  fc.record({ do: fc.constantFrom("take" as const, "pass" as const), ms }),
);

/** The same, told as simply as can be: for each key since when it may be taken. */
class Model {
  readonly wanted = new Map<string, number>();
  readonly running = new Set<string>();

  want(key: string, from: number): void {
    this.wanted.set(key, Math.min(from, this.wanted.get(key) ?? from));
  }

  mayTake(key: string, now: number): boolean {
    return !this.running.has(key) && (this.wanted.get(key) ?? Number.POSITIVE_INFINITY) <= now;
  }

  takeable(now: number): string[] {
    return [...this.wanted.keys()].filter((key) => this.mayTake(key, now));
  }
}

function check(steps: readonly Step[]): void {
  const [queue, model] = [new KeyQueue(100), new Model()];
  let now = 0;
  for (const one of steps) {
    switch (one.do) {
      case "add":
        assert.ok(queue.add(one.key));
        model.want(one.key, now);
        break;
      case "later":
        assert.ok(queue.addLater(one.key, now + one.ms));
        model.want(one.key, now + one.ms);
        break;
      case "finish":
        if (model.running.delete(one.key)) queue.done(one.key);
        break;
      case "take": {
        const taken = queue.take(now);
        if (taken === undefined) {
          assert.deepEqual(model.takeable(now), []);
          break;
        }
        assert.ok(model.mayTake(taken, now), `${taken} at ${now}`);
        model.wanted.delete(taken);
        model.running.add(taken);
        break;
      }
      case "pass":
        now += one.ms;
        break;
      default:
        one satisfies never;
    }
    assert.equal(queue.waiting, model.wanted.size);
    assert.equal(queue.running, model.running.size);
  }
}

describe("a queue of keys", () => {
  it("works on no key twice at once, forgets none, and keeps their time", () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { numRuns: propertyRuns });
  });

  it("gives keys in the order in which they came", () => {
    const queue = new KeyQueue(9);
    for (const one of ["b", "a", "b", "c"]) queue.add(one);
    assert.deepEqual(
      [queue.take(0), queue.take(0), queue.take(0), queue.take(0)],
      ["b", "a", "c", undefined],
    );
  });

  it("has room for so many keys, and always for one that it knows", () => {
    const queue = new KeyQueue(2);
    assert.deepEqual([queue.add("a"), queue.addLater("b", 5)], [true, true]);
    assert.deepEqual([queue.add("c"), queue.addLater("c", 5)], [false, false]);
    assert.deepEqual([queue.add("a"), queue.add("b"), queue.addLater("a", 9)], [true, true, true]);
    queue.take(0);
    assert.equal(queue.add("c"), true);
  });

  it("knows when the next key is due, and does not end what was not begun", () => {
    const queue = new KeyQueue(9);
    assert.equal(queue.nextDue(), undefined);
    queue.addLater("a", 7);
    queue.addLater("b", 5);
    assert.equal(queue.nextDue(), 5);
    assert.equal(queue.take(4), undefined);
    assert.equal(queue.take(5), "b");
    assert.throws(() => queue.done("a"));
  });
});
