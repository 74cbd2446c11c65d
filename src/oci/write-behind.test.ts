import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { createWriteBehind } from "./write-behind.ts";

const ENOUGH = 8 * 1024 * 1024;
/** There is no disk behind it, so that it cannot be written to one. */
const NO_DISK = "/dev/null";

it("what did not get to the disk is told at the end", async () => {
  const behind = createWriteBehind(NO_DISK);
  behind.wrote(ENOUGH);
  await assert.rejects(behind.close(), {
    code: "STORE_WRITE",
    message: /write \/dev\/null to disk/,
  });
  await assert.rejects(behind.close(), { code: "STORE_WRITE" });
});

it("little is left to who makes the file durable", async () => {
  const behind = createWriteBehind(NO_DISK);
  behind.wrote(ENOUGH - 1);
  await behind.close();
});

it("a file on a disk gets there, and one that is not there yet is left alone", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "write-behind-"));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, "file");
  const absent = createWriteBehind(file);
  absent.wrote(ENOUGH);
  await absent.close();
  await writeFile(file, "bytes");
  const present = createWriteBehind(file);
  present.wrote(ENOUGH);
  await present.close();
});
