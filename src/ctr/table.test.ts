import assert from "node:assert/strict";
import { it } from "node:test";
import { printable } from "./printable.ts";
import { alignedTable, fixedTable } from "./table.ts";

it("fixedTable fills every column, and parts a cell that is too long from the next", () => {
  assert.deepEqual(
    fixedTable(
      [
        ["a", "b"],
        ["abcd", "abcde"],
        ["abc", ""],
      ],
      4,
    ),
    ["a   b   ", "abcd abcde ", "abc     "],
  );
});

it("alignedTable makes columns as wide as their longest cell", () => {
  assert.deepEqual(alignedTable([["A", "LONG", "C"], ["abc", "d", "e"], ["f"]]), [
    "A    LONG  C",
    "abc  d     e",
    "f",
  ]);
});

it("tables and sentences show what would move a cursor, forge a line or turn the writing round", () => {
  assert.deepEqual(alignedTable([["a\nb\u001b[31m"]]), ["a\\u{a}b\\u{1b}[31m"]);
  assert.equal(
    printable("a\u202eb\u200bc\u2028d\u007f\u009b"),
    "a\\u{202e}b\\u{200b}c\\u{2028}d\\u{7f}\\u{9b}",
  );
  assert.equal(printable("\ud800"), "\\u{d800}");
  assert.equal(printable("größe 日本 🙂"), "größe 日本 🙂");
});
