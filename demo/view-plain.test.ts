import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { someTotals } from "./an-event.ts";
import { notBegun } from "./progress.ts";
import { createPlainView } from "./view-plain.ts";

describe("progress in plain lines", () => {
  it("is one line a second while anything changes, and one at the end", (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    const view = createPlainView(output, ["seeder", "leecher-1"]);
    const at = (completedBytes: number) => ({
      ...notBegun("leecher-1"),
      state: "transferring" as const,
      totals: someTotals({ totalBytes: 100 }),
      layers: new Map([
        ["a", { digest: "a", completedBytes, totalBytes: 100, bytesPerSecond: 9e6 }],
      ]),
    });
    view.progress(at(10));
    view.progress(at(20));
    t.mock.timers.tick(1_000);
    t.mock.timers.tick(1_000);
    view.tell("something happened");
    view.progress({ ...at(100), state: "done" });
    view.close();
    t.mock.timers.tick(5_000);
    assert.deepEqual(lines, [
      "seeder waiting  leecher-1 20% 9.0MB/s\n",
      "something happened\n",
      "seeder waiting  leecher-1 done\n",
    ]);
  });
});
