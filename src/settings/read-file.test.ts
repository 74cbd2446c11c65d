import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { MAX_CONFIG_FILE_BYTES, readConfigBytes } from "./read-file.ts";

describe("readConfigBytes", () => {
  it("reads a file, a byte more than the limit at most, and answers undefined for none", async () => {
    const directory = await mkdtemp(join(tmpdir(), "oci-torrent-config-"));
    try {
      const path = join(directory, "c.yaml");
      assert.equal(readConfigBytes(path), undefined);
      await writeFile(path, "debug: true\n");
      assert.deepEqual(readConfigBytes(path), Buffer.from("debug: true\n"));
      await writeFile(path, Buffer.alloc(MAX_CONFIG_FILE_BYTES * 2));
      assert.equal(readConfigBytes(path)?.byteLength, MAX_CONFIG_FILE_BYTES + 1);
      assert.throws(() => readConfigBytes(directory), { code: "EISDIR" });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
