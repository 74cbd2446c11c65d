import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripElf } from "./strip-elf.ts";

/** An ELF program of one segment with `loaded` in it, and `rest` behind that, as elf(5) lays it out. */
function anElf(loaded: string, rest: string): Buffer {
  const header = Buffer.alloc(64);
  header.write("7f454c460201", "hex");
  const segment = Buffer.alloc(56);
  const bytes = Buffer.from(loaded);
  header.writeBigUInt64LE(BigInt(header.length), 0x20);
  header.writeBigUInt64LE(BigInt(header.length + segment.length + bytes.length), 0x28);
  header.writeUInt16LE(segment.length, 0x36);
  header.writeUInt16LE(1, 0x38);
  header.writeUInt16LE(2, 0x3c);
  header.writeUInt16LE(1, 0x3e);
  segment.writeBigUInt64LE(BigInt(header.length + segment.length), 0x08);
  segment.writeBigUInt64LE(BigInt(bytes.length), 0x20);
  return Buffer.concat([header, segment, bytes, Buffer.from(rest)]);
}

describe("stripping an ELF program", () => {
  it("keeps what is loaded, and nothing behind it", () => {
    const stripped = stripElf(anElf("code and data", "symbols, sections"));
    assert.equal(stripped.subarray(64 + 56).toString(), "code and data");
    assert.equal(stripped.readBigUInt64LE(0x28), 0n);
    assert.deepEqual([stripped.readUInt16LE(0x3c), stripped.readUInt16LE(0x3e)], [0, 0]);
  });

  it("changes nothing the second time", () => {
    const once = stripElf(anElf("code and data", "symbols"));
    assert.ok(stripElf(once).equals(once));
  });

  it("leaves what it was given as it was", () => {
    const program = anElf("code", "symbols");
    const before = Buffer.from(program);
    stripElf(program);
    assert.ok(program.equals(before));
  });

  it("refuses what is no such program", () => {
    assert.throws(() => stripElf(Buffer.from("#!/bin/sh\n")), /no 64-bit little-endian ELF/);
  });
});
