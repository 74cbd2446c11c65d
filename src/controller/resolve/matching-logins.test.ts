import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { globMatches, matchingLogins } from "./matching-logins.ts";

const keysFor = (keys: readonly string[], host: string, repository = "team/app") =>
  matchingLogins(
    keys.map((key) => ({ key })),
    host,
    repository,
  ).map(({ key }) => key);

describe("the logins for a repository", () => {
  const fitting: Record<string, [key: string, host: string, repository?: string]> = {
    "of its host": ["r.example", "r.example"],
    "of its host in capitals": ["R.Example", "r.example"],
    "of its host and port": ["r.example:5000", "r.example:5000"],
    "of a URL": ["https://r.example", "r.example"],
    "of a URL of plain http with a version": ["http://r.example/v2/", "r.example"],
    "of the beginning of its path": ["r.example/team", "r.example"],
    "of its whole path": ["r.example/team/app", "r.example"],
    "of a path after a version": ["https://r.example/v1/team", "r.example"],
    "of any host of a domain": ["*.r.example", "eu.r.example"],
    "of a host with a letter left open": ["r?.example", "r1.example"],
    "of part of a label": ["*-west.r.example", "us-west.r.example"],
    "of Docker Hub by docker's key": ["https://index.docker.io/v1/", "docker.io", "library/x"],
    "of Docker Hub by name": ["docker.io", "docker.io", "library/x"],
  };
  for (const [what, [key, host, repository]] of Object.entries(fitting)) {
    it(`are those ${what}`, () => assert.deepEqual(keysFor([key], host, repository), [key]));
  }

  const others: Record<string, [key: string, host: string]> = {
    "of another host": ["s.example", "r.example"],
    "of a host that only begins alike": ["r.example", "r.example.net"],
    "of another port": ["r.example:5000", "r.example"],
    "of no port": ["r.example", "r.example:5000"],
    "of another path": ["r.example/other", "r.example"],
    "of a domain below": ["*.r.example", "a.b.r.example"],
    "of a domain above": ["*.r.example", "r.example"],
    "of no host": ["https:///team", "r.example"],
    "of an empty key": ["", "r.example"],
  };
  for (const [what, [key, host]] of Object.entries(others)) {
    it(`are not those ${what}`, () => assert.deepEqual(keysFor([key, host], host), [host]));
  }

  it("begin with the most specific, and of equals with the first", () => {
    const keys = [
      "*.example",
      "r.example",
      "r.example/team/app",
      "https://r.example",
      "r.example/team",
    ];
    assert.deepEqual(keysFor(keys, "r.example"), [
      ...["r.example/team/app", "r.example/team", "r.example", "https://r.example", "*.example"],
    ]);
  });
});

describe("a pattern", () => {
  it("matches what the same regular expression matches", () => {
    const text = (letters: string) =>
      fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((all) => all.join(""));
    fc.assert(
      fc.property(text("ab*?"), text("ab"), (pattern, subject) => {
        const source = pattern.replaceAll("*", ".*").replaceAll("?", ".");
        assert.equal(globMatches(pattern, subject), new RegExp(`^${source}$`).test(subject));
      }),
      { numRuns: 2_000 },
    );
  });

  it("of many stars is no work", () => {
    const pattern = `${"*a".repeat(5_000)}b`;
    assert.equal(globMatches(pattern, "a".repeat(63)), false);
    assert.equal(globMatches(pattern, `${"a".repeat(6_000)}b`), true);
  });
});
