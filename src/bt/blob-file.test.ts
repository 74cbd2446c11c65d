import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openComplete, openPartial } from "./blob-file.ts";
import { aBlob } from "./test-blob.ts";

const PIECE = 256 * 1024;
const { torrent, bytes } = aBlob(2 * PIECE + 10);
const never = new AbortController().signal;

describe("blob file", () => {
  let directory: string;
  let files = 0;
  const path = () => {
    files += 1;
    return join(directory, `file-${files}`);
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "blob-file-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("makes a file of the blob's size that holds nothing yet", async () => {
    const name = path();
    const { file, verified } = await openPartial(torrent, name, never);
    assert.deepEqual([...verified], [0, 0, 0]);
    assert.equal((await stat(name)).size, bytes.length);
    await file.close();
  });

  it("writes and reads at any place", async () => {
    const name = path();
    const { file } = await openPartial(torrent, name, never);
    await file.write(PIECE, bytes.subarray(PIECE, PIECE + 100));
    const read = await file.read(PIECE + 10, 20);
    assert.deepEqual(Buffer.from(read), Buffer.from(bytes.subarray(PIECE + 10, PIECE + 30)));
    await file.close();
  });

  it("finds the pieces that are there", async () => {
    const name = path();
    const damaged = Buffer.from(bytes);
    damaged[0] = (damaged[0] ?? 0) ^ 1;
    await writeFile(name, damaged);
    const { file, verified } = await openPartial(torrent, name, never);
    assert.deepEqual([...verified], [0, 1, 1]);
    await file.close();
    assert.ok((await readFile(name)).equals(damaged), "checking changes nothing");
  });

  const sentences: Record<string, [act: () => Promise<unknown>, code: string, message: RegExp]> = {
    "seeds an absent file": [
      () => openComplete(torrent, join(directory, "absent")),
      "STORAGE_FAILED",
      /^could not open .*absent to seed it: ENOENT$/,
    ],
    "seeds a directory": [
      () => openComplete(torrent, directory),
      "STORAGE_FAILED",
      /^cannot seed .*: it has \d+ bytes and its torrent 524298$/,
    ],
    "downloads into a directory": [
      () => openPartial(torrent, directory, never),
      "STORAGE_FAILED",
      /^could not open .*: EISDIR$/,
    ],
    "downloads into a directory that is absent": [
      () => openPartial(torrent, join(directory, "absent", "file"), never),
      "STORAGE_FAILED",
      /^could not create .*: ENOENT$/,
    ],
  };
  for (const [what, [act, code, message]] of Object.entries(sentences)) {
    it(`says what is wrong when one ${what}`, async () => {
      await assert.rejects(act(), { name: "BtError", code, message });
    });
  }

  it("says so when a file becomes shorter while it is served", async () => {
    const name = path();
    await writeFile(name, bytes);
    const file = await openComplete(torrent, name);
    await truncate(name, PIECE);
    assert.equal((await file.read(0, 10)).length, 10);
    await assert.rejects(file.read(PIECE - 5, 10), {
      code: "STORAGE_FAILED",
      message: `${name} has become shorter`,
    });
    await file.close();
  });

  it("stops checking when it is aborted", async () => {
    const name = path();
    await writeFile(name, bytes);
    const reason = new Error("enough");
    await assert.rejects(openPartial(torrent, name, AbortSignal.abort(reason)), reason);
  });

  it("says that the disk is full when there is no room for the size", async () => {
    const name = path();
    await writeFile(name, "");
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    await assert.rejects(
      openPartial(torrent, name, never, async (file, flags) => {
        const { open } = await import("node:fs/promises");
        const truncateFails = async () => Promise.reject(full);
        return Object.assign(await open(file, flags), { truncate: truncateFails });
      }),
      {
        code: "DISK_FULL",
        message: `could not prepare ${name} for its download: the disk is full`,
      },
    );
  });
});
