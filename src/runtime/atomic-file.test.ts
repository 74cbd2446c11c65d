import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readFileIfExists, removeUnfinishedFiles, writeFileAtomic } from "./atomic-file.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

describe("writeFileAtomic", () => {
  it("makes a file and replaces it, and leaves nothing else behind", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "state.json");
    await writeFileAtomic(path, "one");
    await writeFileAtomic(path, Buffer.from("two"));
    assert.equal(await readFile(path, "utf8"), "two");
    assert.deepEqual(await readdir(directory.path), ["state.json"]);
  });

  it("leaves one whole content when many write at once", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "state.json");
    const contents = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(100_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    assert.ok(contents.includes(await readFile(path, "utf8")));
    assert.deepEqual(await readdir(directory.path), ["state.json"]);
  });

  it("keeps the old content and cleans up when it cannot replace it", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "taken");
    await mkdir(join(path, "child"), { recursive: true });
    await assert.rejects(writeFileAtomic(path, "new"));
    assert.deepEqual(await readdir(directory.path), ["taken"]);
  });

  it("replaces a symbolic link instead of writing through it", async () => {
    await using directory = await temporaryDirectory();
    const [target, link] = [join(directory.path, "target"), join(directory.path, "link")];
    await writeFile(target, "theirs");
    await symlink(target, link);
    await writeFileAtomic(link, "ours");
    assert.equal(await readFile(target, "utf8"), "theirs");
    assert.equal(await readFile(link, "utf8"), "ours");
  });
});

describe("readFileIfExists", () => {
  it("answers undefined for what is not there, and throws for what cannot be read", async () => {
    await using directory = await temporaryDirectory();
    assert.equal(await readFileIfExists(join(directory.path, "absent")), undefined);
    await assert.rejects(readFileIfExists(directory.path), { code: "EISDIR" });
    await writeFile(join(directory.path, "present"), "x");
    assert.deepEqual(await readFileIfExists(join(directory.path, "present")), Buffer.from("x"));
  });
});

describe("removeUnfinishedFiles", () => {
  it("removes what a crash left and nothing else", async () => {
    await using directory = await temporaryDirectory();
    const leftover = ".state.json.0b0e9b0e-7f0a-4c8e-9c53-2f3c9d1f6a11.unfinished";
    for (const name of [leftover, "state.json", ".hidden", "x.unfinished"]) {
      await writeFile(join(directory.path, name), "");
    }
    await removeUnfinishedFiles(directory.path);
    const left = (await readdir(directory.path)).sort();
    assert.deepEqual(left, [".hidden", "state.json", "x.unfinished"]);
  });
});
