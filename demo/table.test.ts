import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { someTotals } from "./an-event.ts";
import { outcomeTable, ratioLine } from "./table.ts";

describe("the table at the end", () => {
  it("says what each node has got from where", () => {
    const outcome = (node: string, seconds: number, totals: Parameters<typeof someTotals>[0]) => ({
      node,
      image: "h/app:1",
      seconds,
      totals: someTotals(totals),
    });
    const outcomes = [
      outcome("seeder", 4.04, { registryBytes: 144e6 }),
      outcome("leecher-1", 12.36, { peerBytes: 90e6, localBytes: 1_234, resumedBytes: 54e6 }),
    ];
    assert.deepEqual(outcomeTable(outcomes), [
      "NODE       IMAGE    SECONDS  FROM REGISTRY  FROM PEERS  ALREADY LOCAL  RESUMED",
      "seeder     h/app:1      4.0          144MB          0B             0B       0B",
      "leecher-1  h/app:1     12.4             0B        90MB          1.2kB     54MB",
    ]);
  });

  it("is followed by what the registry gave", () => {
    assert.equal(
      ratioLine(148e6, 147.5e6, 4),
      "The registry gave 148MB for 148MB of image content on 4 nodes: 1.00 times its size.",
    );
  });
});
