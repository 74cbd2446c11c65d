import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { request } from "./testing/command-line.ts";

describe("help and version", () => {
  for (const line of ["-h", "--help", "--bt-seder -h", "--root-dir -h", "tracker --help", "help"]) {
    it(`help is shown for ${line}`, () => {
      const parsed = request(line);
      assert.ok(parsed.kind === "help");
      assert.match(parsed.text, /^ {2}-h, --help +Show this text\.$/m);
    });
  }

  it("help names every flag, with room to read", () => {
    const parsed = request("--help");
    assert.ok(parsed.kind === "help");
    for (const flag of ["--bt-seeder", "--root-dir, --root PATH", "-l, --listen ADDRESS"]) {
      assert.ok(parsed.text.includes(flag), flag);
    }
    for (const line of parsed.text.split("\n")) assert.ok(line.length <= 110, line);
  });

  it("a tracker's help has only a tracker's flags", () => {
    const parsed = request("tracker -h");
    assert.ok(parsed.kind === "help");
    assert.ok(!parsed.text.includes("--bt-seeder"));
    assert.match(parsed.text, /default\s+tcp:\/\/0\.0\.0\.0:6882/);
  });

  for (const line of ["--version", "--version --nonsense", "version"]) {
    it(`the version is shown for ${line}`, () => assert.equal(request(line).kind, "version"));
  }
});
