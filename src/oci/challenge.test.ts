import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe("a WWW-Authenticate header", () => {
  const headers: Record<string, [header: string, challenges: unknown[]]> = {
    "of a token service": [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/busybox:pull"',
      [
        [
          "bearer",
          {
            realm: "https://auth.docker.io/token",
            service: "registry.docker.io",
            scope: "repository:library/busybox:pull",
          },
        ],
      ],
    ],
    "with commas in a value": [
      'Bearer realm="r",scope="repository:a:pull,push"',
      [["bearer", { realm: "r", scope: "repository:a:pull,push" }]],
    ],
    "with any case and spaces": [
      'BASIC  Realm = "a b" , charset=UTF-8',
      [["basic", { realm: "a b", charset: "UTF-8" }]],
    ],
    "with escapes": ['Basic realm="a\\"b\\\\c"', [["basic", { realm: 'a"b\\c' }]]],
    "with several challenges": [
      'Negotiate, Basic realm="one", Bearer realm="two",service=s',
      [
        ["negotiate", {}],
        ["basic", { realm: "one" }],
        ["bearer", { realm: "two", service: "s" }],
      ],
    ],
    "with a token68": [
      'Negotiate dG9rZW4=, Basic realm="x"',
      [
        ["negotiate", {}],
        ["basic", { realm: "x" }],
      ],
    ],
    "with a parameter twice": [
      'Bearer realm="first",realm="second"',
      [["bearer", { realm: "first" }]],
    ],
    "with empty elements": [', ,Basic realm="x", ,', [["basic", { realm: "x" }]]],
    "with a scheme alone": ["Basic", [["basic", {}]]],
    "with a quote that never ends": ['Bearer realm="x', [["bearer", {}]]],
    "that is empty": ["", []],
    "that is nonsense": ['"="', []],
  };
  for (const [what, [header, challenges]] of Object.entries(headers)) {
    it(`${what} is read`, () => assert.deepEqual(plain(header), challenges));
  }

  it("is read to 16 challenges, whatever it says", () => {
    assert.equal(parseChallenges("a ,".repeat(1_000)).length, 16);
  });

  it("never throws and never takes long", () => {
    const part = fc.constantFrom(
      "Bearer",
      "Basic",
      " ",
      ",",
      "=",
      '"',
      "\\",
      "realm",
      "\t",
      "x=y",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 2_000 }), (parts) => {
        parseChallenges(parts.join(""));
      }),
      { numRuns: 200 },
    );
    for (const piece of ["=", '"', "a ", "a=", 'a="', "\\", ",", " ", "a=b,"]) {
      const begun = process.cpuUsage();
      parseChallenges(piece.repeat(100_000));
      parseChallenges(`Bearer ${piece.repeat(100_000)}`);
      assert.ok(process.cpuUsage(begun).user < 500_000, `slow on ${piece}`);
    }
  });

  it("gives back what a well-behaved server wrote", () => {
    const value = fc.string({ maxLength: 30 }).map((text) => text.replace(/[^\x20-\x7e]/g, ""));
    fc.assert(
      fc.property(value, value, (realm, scope) => {
        const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
        const header = `Bearer realm=${quoted(realm)},scope=${quoted(scope)}`;
        assert.deepEqual(plain(header), [["bearer", { realm, scope }]]);
      }),
      { numRuns: 200 },
    );
  });
});
