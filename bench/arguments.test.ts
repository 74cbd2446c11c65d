import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { help, parseArguments } from "./arguments.ts";

const KNOWN = {
  scenarios: ["fetch", "startup", "race", "smoke"],
  all: ["fetch", "startup", "race"],
  usual: ["fetch", "startup"],
  systems: ["ours", "theirs"],
};
const parse = (...args: readonly string[]) => parseArguments(args, KNOWN);

describe("parseArguments", () => {
  it("measures what is usual three times when nothing is said", () => {
    const expected = {
      scenarios: ["fetch", "startup"],
      systems: ["ours", "theirs"],
      runs: 3,
      layerBytes: 2 ** 30,
      seed: undefined,
      agents: undefined,
      idleSeconds: 600,
      jsonFile: undefined,
      write: false,
    };
    assert.deepEqual(parse(), { kind: "run", arguments: expected });
  });

  it("reads every flag", () => {
    const flags = [
      ...["--scenario", "startup", "--runs=5", "--size=64", "--json", "out", "--write"],
      ...["--systems", "theirs", "--seed=0", "--agents=20", "--idle=5"],
    ];
    const expected = {
      scenarios: ["startup"],
      systems: ["theirs"],
      runs: 5,
      layerBytes: 64 * 2 ** 20,
      seed: 0,
      agents: 20,
      idleSeconds: 5,
      jsonFile: "out",
      write: true,
    };
    assert.deepEqual(parse(...flags), { kind: "run", arguments: expected });
  });

  it("measures all that is worth keeping when told so", () => {
    const request = parse("--scenario=all");
    assert.deepEqual(request.kind === "run" && request.arguments.scenarios, KNOWN.all);
  });

  it("shows the help, with the scenarios by name", () => {
    assert.deepEqual(parse("--help", "--runs=0"), { kind: "help" });
    assert.match(help(KNOWN), /fetch, startup/);
  });

  const mistaken: [readonly string[], readonly RegExp[]][] = [
    [
      ["--scenario", "fecth"],
      [/^no scenario is called fecth: there are fetch, startup, race, smoke$/],
    ],
    [["--systems=ours,his"], [/^no system is called his: there are ours, theirs$/]],
    [["--seed=-1"], [/^--seed is a whole number from 0 to 4294967295: -1$/]],
    [["--runs=0"], [/^--runs is a whole number from 1 to 100: 0$/]],
    [
      ["--runs=1.5", "--size=big"],
      [/^--runs .*: 1\.5$/, /^--size .* to 16384: big$/],
    ],
    [["--size="], [/^--size is a whole number/]],
    [["--bogus"], [/--bogus/]],
    [["fetch"], [/fetch/]],
  ];
  for (const [args, sentences] of mistaken) {
    it(`refuses ${args.join(" ")}`, () => {
      const request = parse(...args);
      assert.ok(request.kind === "usage");
      assert.equal(request.problems.length, sentences.length);
      for (const [at, sentence] of sentences.entries()) {
        assert.match(request.problems[at] ?? "", sentence);
      }
    });
  }
});
