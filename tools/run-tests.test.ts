import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runTests } from "./run-tests.ts";
import { closingLine, isGood } from "./tally.ts";

const directory = mkdtempSync(join(tmpdir(), "oci-torrent-run-tests-"));
after(() => rmSync(directory, { recursive: true }));

/** Test files by what goes on in them, with the closing line and a failure's text that they must lead to. */
const cases: Record<
  string,
  { source: string; line: string; says?: RegExp; fileTimeoutMs?: number }
> = {
  "leaves in suites and in tests": {
    source: `describe("a", () => { it("b", () => {}); describe("c", () => it("d", () => {})); });
      it("e", async (t) => { await t.test("f", () => {}); await t.test("g", () => {}); });`,
    line: "4 passed, 0 failed, 0 skipped",
  },
  "tests that another file declares": {
    source: `import { shared } from "./shared.mjs"; shared();`,
    line: "1 passed, 0 failed, 0 skipped",
  },
  "a failing leaf": {
    source: `describe("a", () => { it("b", () => { throw new Error("the reason"); }); it("c", () => {}); });`,
    line: "1 passed, 1 failed, 0 skipped",
    says: /the reason/,
  },
  "skipped tests and suites": {
    source: `it("a", { skip: "no root" }, () => {}); describe("b", { skip: true }, () => { it("c", () => {}); });
      it("d", () => {}); it("e", { todo: true }, () => {});`,
    line: "1 passed, 0 failed, 3 skipped",
  },
  "a file that does not load": {
    source: `import "./absent.mjs"; it("a", () => {});`,
    line: "0 passed, 1 failed, 0 skipped",
    says: /ERR_MODULE_NOT_FOUND[\s\S]*absent\.mjs/,
  },
  "a file without a test": {
    source: "console.log('nothing to see');",
    line: "0 passed, 1 failed, 0 skipped",
    says: /or it has none/,
  },
  "a process that exits amid its tests": {
    source: `it("a", () => {}); it("b", async () => { setTimeout(process.exit, 200, 0); await new Promise(() => {}); });`,
    line: "1 passed, 1 failed, 0 skipped",
    says: /its process ended before its tests did/,
  },
  "a hook that fails": {
    source: `describe("a", () => { after(() => { throw new Error("the hook") }); it("b", () => {}); });`,
    line: "1 passed, 1 failed, 0 skipped",
    says: /the hook/,
  },
  "a test that takes too long": {
    source: `it("a", () => new Promise(() => { setTimeout(() => {}, 1_500); }));`,
    line: "0 passed, 1 failed, 0 skipped",
    says: /timed out/,
  },
  "a process that does not end": {
    source: `it("a", () => { setInterval(() => {}, 1_000); });`,
    line: "1 passed, 1 failed, 0 skipped",
    says: /it took longer than 6 s/,
    fileTimeoutMs: 6_000,
  },
};

const SHARED = `import { it } from "node:test"; export const shared = () => it("a", () => {});`;
writeFileSync(join(directory, "shared.mjs"), SHARED);

describe("runTests", { concurrency: 2 }, () => {
  for (const [what, { source, line, says, fileTimeoutMs = 30_000 }] of Object.entries(cases)) {
    it(`counts ${what}`, async () => {
      const file = join(directory, `${what.replaceAll(" ", "-")}.test.mjs`);
      writeFileSync(file, `import { after, describe, it } from "node:test";\n${source}`);
      const limits = { concurrency: 1, testTimeoutMs: 1_000, fileTimeoutMs, timeoutMs: 60_000 };
      const { tallies } = await runTests({ files: [file], ...limits });
      const texts = tallies.flatMap(({ failures }) => failures.map(({ text }) => text)).join("\n");
      assert.equal(closingLine(tallies), line, texts);
      if (says !== undefined) assert.match(texts, says);
    });
  }
});

describe("isGood", () => {
  const tally = { file: "a", passed: 0, failures: [], skipped: [], durationMs: 1 };
  const passing = { ...tally, passed: 1 };
  const skipping = { ...tally, skipped: [{ file: "a", name: "b", reason: "c" }] };
  const failing = { ...tally, failures: [{ file: "a", name: "b", text: "c" }] };

  const verdicts = [
    { of: "a passed test", tallies: [passing], outside: true, inCi: true },
    { of: "no test at all", tallies: [tally], outside: false, inCi: false },
    { of: "only skipped tests", tallies: [skipping], outside: false, inCi: false },
    {
      of: "a skipped test beside a passed one",
      tallies: [passing, skipping],
      outside: true,
      inCi: false,
    },
    {
      of: "a failed test beside a passed one",
      tallies: [passing, failing],
      outside: false,
      inCi: false,
    },
  ];
  for (const { of, tallies, outside, inCi } of verdicts) {
    it(`is ${outside} for ${of}, and ${inCi} in CI`, () => {
      assert.equal(isGood(tallies, false), outside);
      assert.equal(isGood(tallies, true), inCi);
    });
  }
});
