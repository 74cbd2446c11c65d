import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  afterRoundInVain,
  afterTry,
  beginRound,
  connectMs,
  type Round,
  waitBetweenRoundsMs,
} from "./leader-search.ts";

const half = () => 0.5;
const addresses = ["10.0.0.1:7443", "10.0.0.2:7443", "10.0.0.3:7443"];
const [one = "", two = "", three = ""] = addresses;

/** Tries controllers of which each answers with whom it takes for the leader; undefined for none. */
function walk(round: Round, answers: ReadonlyMap<string, string | undefined>): readonly string[] {
  const tried: string[] = [];
  let left = round;
  for (let [next] = left.next; next !== undefined; [next] = left.next) {
    tried.push(next);
    left = afterTry(left, next, answers.get(next));
  }
  return tried;
}

describe("the search for the leader", () => {
  it("tries one that was named first, and then each other once", () => {
    const tried = walk(beginRound(addresses, { leader: two }, half), new Map());
    assert.deepEqual(tried, [two, one, three]);
  });

  it("tries one whose connection broke last, unless it was named", () => {
    assert.deepEqual(beginRound(addresses, { lost: one }, half).next, [two, three, one]);
    const named = beginRound(addresses, { leader: one, lost: one }, half);
    assert.deepEqual(named.next, [one, two, three]);
  });

  it("tries one that was lost last until another has let us in", () => {
    for (const known of [{ lost: one }, { leader: one }]) {
      const after = afterRoundInVain(afterRoundInVain(known));
      assert.deepEqual(beginRound(addresses, after, half).next, [two, three, one]);
    }
    assert.deepEqual(afterRoundInVain({}), {});
  });

  it("tries those also when their addresses are not listed any more", () => {
    const round = beginRound([one], { leader: two, lost: three }, half);
    assert.deepEqual(walk(round, new Map()), [two, one, three]);
  });

  it("leaves it to chance who comes first otherwise", () => {
    const chances = [0.9, 0.1, 0.5];
    const round = beginRound(addresses, {}, () => chances.shift() ?? 0);
    assert.deepEqual(round.next, [two, three, one]);
  });

  it("goes where a follower sends it at once, listed or not", () => {
    const other = "10.0.0.9:7443";
    const round = beginRound(addresses, { leader: one }, half);
    assert.deepEqual(walk(round, new Map([[one, three]])), [one, three, two]);
    assert.deepEqual(walk(round, new Map([[one, other]])), [one, other, two, three]);
  });

  it("does not go in circles when followers name one another", () => {
    const circle = new Map([
      [one, two],
      [two, one],
    ]);
    assert.deepEqual(walk(beginRound(addresses, {}, half), circle), [one, two, three]);
  });

  it("ends, however many names it is given", () => {
    const endless = new Map(
      Array.from({ length: 100 }, (_, index) => [`a:${index}`, `a:${index + 1}`]),
    );
    assert.equal(walk(beginRound(["a:0"], {}, half), endless).length, 32);
  });

  it("has nowhere to go without an address", () => {
    assert.deepEqual(beginRound([], {}, half).next, []);
  });

  it("gives controllers longer to let it connect with every round in vain, up to 20 s", () => {
    assert.deepEqual([0, 1, 2, 3, 1_000].map(connectMs), [5_000, 10_000, 20_000, 20_000, 20_000]);
  });

  it("waits 0.5 to 5 s between rounds, and longer only when it was refused for its own sake", () => {
    const table = [
      [0, 0, 500],
      [0, 1, 5_000],
      [1, 0, 1_000],
      [3, 0.5, 22_000],
      [4, 1, 60_000],
      [1_000, 0, 60_000],
    ] as const;
    for (const [refusals, chance, ms] of table) {
      assert.equal(
        waitBetweenRoundsMs(refusals, () => chance),
        ms,
      );
    }
  });
});
