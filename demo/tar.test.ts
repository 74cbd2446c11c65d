import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { extract } from "tar-stream";
import { type TarFile, tarOf } from "./tar.ts";

describe("a tar of files", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-torrent-demo-test-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function file(path: string, content: string, mode = 0o600): Promise<TarFile> {
    const from = join(directory, path.replaceAll("/", "_"));
    await writeFile(from, content, { mode });
    return { path, from };
  }

  it("has directories first, then files by their paths, and nothing of who made it", async () => {
    const files = [await file("b/z", "zz"), await file("b/a/x", "x", 0o700), await file("a", "")];
    const found: unknown[] = [];
    for await (const entry of Readable.from(tarOf(files)).pipe(extract())) {
      const { name, type, mode, mtime, uid, gid, uname, gname } = entry.header;
      assert.deepEqual([mtime?.getTime(), uid, gid, uname, gname], [0, 0, 0, "", ""]);
      found.push([name, type, mode, await text(entry)]);
    }
    assert.deepEqual(found, [
      ["b/", "directory", 0o755, ""],
      ["b/a/", "directory", 0o755, ""],
      ["a", "file", 0o644, ""],
      ["b/a/x", "file", 0o755, "x"],
      ["b/z", "file", 0o644, "zz"],
    ]);
  });

  it("fails when a file is not there", async () => {
    const files = [await file("a", "a"), { path: "b", from: join(directory, "absent") }];
    await assert.rejects(text(Readable.from(tarOf(files))), { code: "ENOENT" });
  });
});
