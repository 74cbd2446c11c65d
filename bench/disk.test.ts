import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { diskBytes, mostDiskBytes } from "./disk.ts";

const MIB = 1024 * 1024;
/** File systems keep some blocks of their own with a file. */
const SLACK = 64 * 1024;

const assertAbout = (bytes: number, mebibytes: number) =>
  assert.ok(bytes >= mebibytes * MIB && bytes <= mebibytes * MIB + SLACK, `${bytes} bytes`);

describe("what a directory takes up on disk", () => {
  let directory: string;
  const write = (name: string, mebibytes: number) =>
    writeFileSync(join(directory, name), Buffer.alloc(mebibytes * MIB, 1), { flush: true });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "disk-"));
    mkdirSync(join(directory, "inner"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is that of the files in it, each once, without holes", () => {
    write("a", 1);
    write("inner/b", 2);
    assertAbout(diskBytes(directory), 3);
    linkSync(join(directory, "a"), join(directory, "inner/again"));
    truncateSync(join(directory, "a"), 5 * MIB);
    assertAbout(diskBytes(directory), 3);
  });

  it("is the most that it was when the work has ended", async () => {
    write("a", 1);
    assertAbout(await mostDiskBytes(directory, Promise.resolve()), 1);
    const work = Promise.reject(new Error("broken"));
    await assert.rejects(mostDiskBytes(directory, work), /broken/);
  });
});
