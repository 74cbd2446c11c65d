import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import bencode from "bencode";
import { encodeTorrent } from "./torrent-file.ts";

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");

it("a torrent of several files has pieces that reach from one into the next", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "oci-torrent-metainfo-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "a"), "abcde");
  writeFileSync(join(directory, "b"), "fgh");
  const files = [
    { name: "a", size: 5 },
    { name: "b", size: 3 },
  ];
  const spec = { name: "image", files, pieceLength: 3, tracker: "http://t/announce" };
  const metainfo = bencode.decode(await encodeTorrent(directory, spec)) as {
    announce: Uint8Array;
    info: { pieces: Uint8Array; files: { length: number }[]; "piece length": number };
  };
  const expected = ["abc", "def", "gh"].map(sha1).join("");
  assert.equal(Buffer.from(metainfo.info.pieces).toString("hex"), expected);
  assert.equal(metainfo.info["piece length"], 3);
  assert.deepEqual(
    metainfo.info.files.map(({ length }) => length),
    [5, 3],
  );
  assert.equal(Buffer.from(metainfo.announce).toString(), "http://t/announce");
});
