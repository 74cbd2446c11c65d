import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../testing/property-runs.ts";
import { LineSplitter, LineTooLong } from "./watch-lines.ts";

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = [];
  for (let from = 0, i = 0; from < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return chunks;
};

describe("the lines of a watch", () => {
  it("are the same however the bytes come", () => {
    const line = fc.string({ unit: "binary", minLength: 1 }).map((text) => JSON.stringify(text));
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(line), sizes, (lines, chunkSizes) => {
        const splitter = new LineSplitter(10_000);
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(""));
        const out = cut(bytes, chunkSizes).flatMap((chunk) => splitter.push(chunk));
        assert.deepEqual(out, lines);
      }),
      { numRuns: propertyRuns },
    );
  });

  it("may be 3 MiB long, a byte at a time at their end", () => {
    const splitter = new LineSplitter(4 * 1024 * 1024);
    const long = "x".repeat(3 * 1024 * 1024);
    assert.deepEqual(splitter.push(Buffer.from(long)), []);
    assert.deepEqual(splitter.push(Buffer.from("y")), []);
    assert.deepEqual(splitter.push(Buffer.from("\n")), [`${long}y`]);
  });

  it("have a bound, which the longest that is allowed keeps", () => {
    assert.deepEqual(new LineSplitter(3).push(Buffer.from("abc\n")), ["abc"]);
    assert.throws(() => new LineSplitter(3).push(Buffer.from("abcd")), LineTooLong);
  });

  it("end in \\r\\n or \\n, and empty ones count for nothing", () => {
    assert.deepEqual(new LineSplitter(9).push(Buffer.from("\n\r\na\r\nb\n")), ["a", "b"]);
  });
});
