import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "./arguments.ts";
import { COURSES } from "./courses.ts";

function argumentsOf(...args: string[]) {
  const request = parseArguments(args);
  assert.equal(request.kind, "run");
  return request.kind === "run" ? request.arguments : assert.fail();
}

describe("the simulator's arguments", () => {
  it("are every course and three seeds when there are none", () => {
    const { courses, seeds, jsonFile } = argumentsOf();
    assert.deepEqual([courses, seeds, jsonFile], [COURSES, [1, 2, 3], undefined]);
  });

  it("choose courses", () => {
    const { courses, seeds } = argumentsOf("g3", "g1", "--seeds=1");
    assert.deepEqual(
      courses.map(({ name }) => name),
      ["g1", "g3"],
    );
    assert.deepEqual(seeds, [1]);
  });

  it("make a course of one's own, without bounds", () => {
    const { courses } = argumentsOf("--leechers=50", "--megabytes=10,0.5", "--origin=fetching");
    const [course] = courses;
    assert.equal(courses.length, 1);
    assert.deepEqual(
      [course?.leechers, course?.layers, course?.megabits, course?.origin, course?.zones],
      [50, [10, 0.5], 100, "fetching", 1],
    );
    assert.equal(course?.atMost, undefined);
  });

  for (const [args, mistakes] of [
    [["g7"], [/no course is called g7: there are g1, /]],
    [["g1", "--zones=2"], [/g1 or a course of your own/]],
    [["--leechers=0"], [/--leechers is a number from 1 to 10000: 0/]],
    [["--leechers=1.5"], [/--leechers is a whole number: 1.5/]],
    [
      ["--megabytes=1,,2", "--origin=x"],
      [/--origin is whole or fetching: x/, /--megabytes is a number/],
    ],
    [["--nonsense"], [/--nonsense/]],
  ] as const) {
    it(`refuse ${args.join(" ")}`, () => {
      const request = parseArguments(args);
      assert.equal(request.kind, "usage");
      if (request.kind !== "usage") return;
      assert.equal(request.problems.length, mistakes.length, request.problems.join("\n"));
      for (const [at, mistake] of mistakes.entries()) {
        assert.match(request.problems[at] ?? "", mistake);
      }
    });
  }
});
