import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { help, parseArguments } from "./arguments.ts";

const KNOWN = ["fetch", "startup"];
const parse = (...args: readonly string[]) => parseArguments(args, KNOWN);

describe("parseArguments", () => {
  it("measures everything three times when nothing is said", () => {
    const expected = {
      scenarios: [],
      runs: 3,
      layerBytes: 2 ** 30,
      jsonFile: undefined,
      write: false,
    };
    assert.deepEqual(parse(), { kind: "run", arguments: expected });
  });

  it("reads every flag", () => {
    const flags = ["--scenario", "startup", "--runs=5", "--size=64", "--json", "out", "--write"];
    const expected = {
      scenarios: ["startup"],
      runs: 5,
      layerBytes: 64 * 2 ** 20,
      jsonFile: "out",
      write: true,
    };
    assert.deepEqual(parse(...flags), { kind: "run", arguments: expected });
  });

  it("shows the help, with the scenarios by name", () => {
    assert.deepEqual(parse("--help", "--runs=0"), { kind: "help" });
    assert.match(help(KNOWN), /fetch, startup/);
  });

  const mistaken: [readonly string[], readonly RegExp[]][] = [
    [["--scenario", "fecth"], [/^no scenario is called fecth: there are fetch, startup$/]],
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
