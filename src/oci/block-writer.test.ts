import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBlockWriter } from "./block-writer.ts";

type Written = { readonly at: number; readonly text: string };

/** A file that takes at most `most` bytes at once, and fails where told. */
function aFile(most = Number.POSITIVE_INFINITY) {
  const written: Written[] = [];
  let failure: Error | undefined;
  return {
    written,
    fail(error: Error) {
      failure = error;
    },
    async write(bytes: Uint8Array, offset: number, length: number, at: number) {
      await Promise.resolve();
      if (failure !== undefined) throw failure;
      const taken = bytes.subarray(offset, offset + Math.min(length, most));
      written.push({ at, text: Buffer.from(taken).toString() });
      return { bytesWritten: taken.length, buffer: bytes };
    },
  } satisfies { write: unknown } & Record<string, unknown>;
}

const writerOf = (file: ReturnType<typeof aFile>, position = 0) =>
  createBlockWriter(file as unknown as Parameters<typeof createBlockWriter>[0], position, 4);

describe("a block writer", () => {
  it("writes blocks, not chunks", async () => {
    const file = aFile();
    const writer = writerOf(file, 10);
    for (const chunk of ["a", "b", "c", "d", "e"]) {
      assert.equal(writer.push(Buffer.from(chunk)), undefined);
    }
    await writer.flush();
    assert.deepEqual(file.written, [
      { at: 10, text: "abcd" },
      { at: 14, text: "e" },
    ]);
  });

  it("tells up to where the file is written, once it is", async () => {
    const file = aFile();
    const ends: number[] = [];
    const writer = createBlockWriter(
      file as unknown as Parameters<typeof createBlockWriter>[0],
      10,
      4,
      (end) => ends.push(end),
    );
    assert.equal(writer.push(Buffer.from("abcde")), undefined);
    assert.deepEqual(ends, []);
    await writer.flush();
    assert.deepEqual(ends, [14, 15]);
  });

  it("asks to wait while one block is written and the next is full", async () => {
    const file = aFile();
    const writer = writerOf(file);
    assert.equal(writer.push(Buffer.from("abcd")), undefined);
    assert.equal(writer.push(Buffer.from("ef")), undefined);
    const wait = writer.push(Buffer.from("gh"));
    assert.ok(wait instanceof Promise);
    await wait;
    await writer.flush();
    assert.deepEqual(
      file.written.map(({ text }) => text),
      ["abcd", "efgh"],
    );
  });

  it("goes on after a short write", async () => {
    const file = aFile(3);
    const writer = writerOf(file);
    assert.equal(writer.push(Buffer.from("ab")), undefined);
    await writer.push(Buffer.from("cdefg"));
    await writer.flush();
    assert.deepEqual(file.written, [
      { at: 0, text: "abc" },
      { at: 3, text: "d" },
      { at: 4, text: "efg" },
    ]);
  });

  it("has taken a chunk once it asks for no more waiting", async () => {
    const file = aFile();
    const writer = writerOf(file);
    const chunk = Buffer.from("abcdefghijk");
    await writer.push(chunk);
    chunk.fill("x");
    await writer.flush();
    assert.deepEqual(
      file.written.map(({ text }) => text),
      ["abcd", "efgh", "ijk"],
    );
  });

  it("tells a failure at the next chunk and at every flush", async () => {
    const file = aFile();
    const writer = writerOf(file);
    const failure = new Error("no space");
    file.fail(failure);
    assert.equal(writer.push(Buffer.from("abcd")), undefined);
    await assert.rejects(writer.flush(), failure);
    await assert.rejects(writer.push(Buffer.from("e")) ?? Promise.resolve(), failure);
    await assert.rejects(writer.flush(), failure);
    assert.deepEqual(file.written, []);
  });

  it("has nothing to do for nothing", async () => {
    const file = aFile();
    await writerOf(file).flush();
    assert.deepEqual(file.written, []);
  });
});
