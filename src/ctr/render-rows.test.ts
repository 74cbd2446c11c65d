import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blobRow, liveRows, quarterRow } from "./render-rows.ts";
import { advance, type BlobView, beginView } from "./render-start.ts";
import { aDigest, aHex, anEvent, seederEvents, someTotals } from "./testing/events.ts";

const aBlob = (blob: Partial<BlobView> = {}): BlobView => ({
  hex: aHex("a"),
  phase: "downloading",
  completedBytes: 1_200_000,
  totalBytes: 4_800_000,
  bytesPerSecond: 3_100_000,
  ...blob,
});

describe("blobRow", () => {
  const rows: readonly (readonly [number, string])[] = [
    [200, "aaaaaaaaaaaa [=========>                            ]  25% 1.2MB / 4.8MB 3.1MB/s"],
    [60, "aaaaaaaaaaaa [====>             ]  25% 1.2MB / 4.8MB 3.1MB/s"],
    [50, "aaaaaaaaaaaa [==>     ]  25% 1.2MB / 4.8MB 3.1MB/s"],
    [45, "aaaaaaaaaaaa [==>        ]  25% 1.2MB / 4.8MB"],
    [30, "aaaaaaaaaaaa [==>       ]  25%"],
    [20, "aaaaaaaaaaaa 25%"],
    [12, "aaaaaaaaaaaa"],
    [5, "aaaaa"],
    [0, ""],
  ];
  for (const [columns, row] of rows) {
    it(`fits ${columns} columns`, () => {
      assert.equal(blobRow(aBlob(), columns), row);
      assert.ok(row.length <= columns);
    });
  }

  it("says of a layer that does not move why", () => {
    assert.equal(blobRow(aBlob({ phase: "waiting" }), 80), "aaaaaaaaaaaa waiting");
    assert.equal(blobRow(aBlob({ phase: "local" }), 80), "aaaaaaaaaaaa already here 4.8MB");
  });
});

describe("liveRows", () => {
  const viewOf = (digits: string, done: number) => {
    let view = beginView("docker://busybox");
    for (const [index, digit] of [...digits].entries()) {
      const about = { digest: aDigest(digit), totalBytes: 1_000, completedBytes: 500 };
      const step = index < done ? "STEP_BLOB_DONE" : "STEP_PROGRESS";
      view = advance(view, anEvent(step, { ...about, bytesPerSecond: 100 })).view;
    }
    return view;
  };
  const ids = (rows: readonly string[]) => rows.map((row) => row.slice(0, 3));

  it("has nothing to show before the first layer is known", () => {
    assert.deepEqual(liveRows(beginView("x"), 80, 24), []);
  });

  it("shows a row a layer, and the sum", () => {
    assert.deepEqual(liveRows(viewOf("ab", 1), 80, 24), [
      "aaaaaaaaaaaa [======================================] 100% 1.0kB / 1.0kB",
      "bbbbbbbbbbbb [===================>                  ]  50% 500B / 1.0kB 100B/s",
      "total        [============================>         ]  75% 1.5kB / 2.0kB 100B/s",
    ]);
    assert.match(liveRows(viewOf("ab", 1), 100, 24)[2] ?? "", / 100B\/s 5s left$/);
  });

  it("leaves out what rests before what moves when there is no room", () => {
    assert.deepEqual(ids(liveRows(viewOf("abcdef", 3), 80, 7)), [
      ...["aaa", "ddd", "eee", "fff", "and", "tot"],
    ]);
    assert.equal(liveRows(viewOf("abcdef", 3), 80, 7)[4], "and 2 more");
  });

  it("keeps within any terminal", () => {
    for (const [columns, rows] of [
      [20, 5],
      [1, 1],
      [80, 4],
    ] as const) {
      const shown = liveRows(viewOf("abcdef", 3), columns, rows);
      assert.ok(shown.length <= Math.max(3, rows));
      for (const row of shown) assert.ok(row.length <= columns);
    }
  });

  it("takes the image's size from the start for its sum, and leaves the sum to the last line", () => {
    const all = seederEvents.map((event) => event);
    let view = beginView("docker://busybox");
    for (const event of all.slice(0, 4)) view = advance(view, event).view;
    const large = { ...view, totals: someTotals({ totalBytes: 48_000_000 }) };
    assert.match(liveRows(large, 80, 24).at(-1) ?? "", /^total .* {2}5% 2\.4MB \/ 48MB/);
    for (const event of all.slice(4)) view = advance(view, event).view;
    assert.equal(liveRows(view, 80, 24).length, 1);
  });
});

describe("quarterRow", () => {
  const at = (completedBytes: number, phase: BlobView["phase"] = "copying") =>
    aBlob({ completedBytes, totalBytes: 1_000, phase });
  const shows = (before: BlobView | undefined, after: BlobView) =>
    quarterRow(before, after) !== undefined;

  it("speaks up at every quarter, once, and at the end", () => {
    assert.equal(shows(undefined, at(10)), false);
    assert.equal(shows(at(10), at(240)), false);
    assert.equal(shows(at(240), at(250)), true);
    assert.equal(shows(at(250), at(490)), false);
    assert.equal(shows(at(250), at(760)), true);
    assert.equal(shows(at(760), at(1_000)), false);
    assert.equal(shows(at(1_000), at(1_000, "done")), true);
    assert.equal(shows(at(1_000, "done"), at(1_000, "done")), false);
    assert.equal(shows(undefined, at(1_000, "local")), false);
  });
});
