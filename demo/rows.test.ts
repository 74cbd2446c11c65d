import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { someTotals } from "./an-event.ts";
import { type NodeProgress, notBegun } from "./progress.ts";
import { rowsOf } from "./rows.ts";

const node: NodeProgress = {
  node: "leecher-1",
  state: "transferring",
  totals: someTotals({ layers: 2, totalBytes: 110_000_000 }),
  layers: new Map([
    [
      "sha256:aa",
      { digest: "sha256:aa", completedBytes: 50e6, totalBytes: 100e6, bytesPerSecond: 12e6 },
    ],
    [
      `sha256:${"b".repeat(64)}`,
      {
        digest: `sha256:${"b".repeat(64)}`,
        completedBytes: 10e6,
        totalBytes: 10e6,
        bytesPerSecond: 0,
      },
    ],
  ]),
};
const names = new Map([["sha256:aa", "node"]]);
const all = [notBegun("seeder"), node];

describe("rows of bars", () => {
  it("are one a layer and node", () => {
    assert.deepEqual(rowsOf(all, names, 100, 10), [
      "seeder (waiting)",
      "leecher-1 node         [==============>             ]  50% 50MB / 100MB 12MB/s",
      "leecher-1 bbbbbbbbbbbb [============================] 100% 10MB / 10MB",
    ]);
  });

  it("are one a node where there is no room for more", () => {
    assert.deepEqual(rowsOf(all, names, 100, 2), [
      "seeder (waiting)",
      "leecher-1        [===============>            ]  54% 60MB / 110MB 12MB/s",
    ]);
  });

  it("say what was killed", () => {
    const [first] = rowsOf([{ ...node, state: "killed" }], names, 100, 10);
    assert.match(first ?? "", /^leecher-1 node \(killed\) +\[/);
  });

  it("show nothing but names before sizes are known", () => {
    assert.deepEqual(rowsOf([notBegun("seeder")], names, 100, 10), ["seeder (waiting)"]);
  });

  it("never are wider than the terminal", () => {
    for (let columns = 1; columns <= 120; columns += 1) {
      for (const most of [1, 10]) {
        const rows = rowsOf([...all, { ...node, state: "killed" }], names, columns, most);
        assert.ok(
          rows.every((row) => row.length <= columns),
          `${columns} columns`,
        );
      }
    }
  });
});
