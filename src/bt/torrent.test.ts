import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import makeTorrent from "create-torrent";
import { aBlob, testBytes } from "./test-blob.ts";
import { createTorrent, encodeMetainfo, pieceCount, pieceLength } from "./torrent.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

describe("piece length", () => {
  const cases: [size: number, length: number][] = [
    [1, 256 * KIB],
    [384 * 512 * KIB - 1, 256 * KIB],
    [384 * 512 * KIB, 512 * KIB],
    [384 * MIB - 1, 512 * KIB],
    [384 * MIB, MIB],
    [384 * 4 * MIB - 1, 2 * MIB],
    [384 * 4 * MIB, 4 * MIB],
    [1e12, 4 * MIB],
  ];
  for (const [size, length] of cases) {
    it(`is ${length / KIB} KiB for ${size} bytes`, () => assert.equal(pieceLength(size), length));
  }
});

describe("createTorrent", () => {
  const sizes = [1, 256 * KIB, 256 * KIB + 1, 3 * MIB + 17];
  for (const size of sizes) {
    it(`gives ${size} bytes the info hash that create-torrent gives them`, async () => {
      const { bytes, torrent } = aBlob(size);
      const metainfo = await promisify(makeTorrent)(Buffer.from(bytes), {
        name: torrent.name,
        pieceLength: torrent.pieceLength,
        private: true,
        announceList: [],
      });
      assert.equal(torrent.infoHash, infoHashOf(Buffer.from(metainfo)));
    });
  }

  it("is private, and named after the digest", () => {
    const metainfo = encodeMetainfo(aBlob(1).torrent, []).toString("latin1");
    assert.match(metainfo, /7:privatei1e/);
    assert.match(metainfo, new RegExp(`4:name64:${sha256(testBytes(1))}`));
  });

  it("names its trackers, each a tier of its own", () => {
    const text = encodeMetainfo(aBlob(1).torrent, ["http://a/announce", "http://b/announce"]);
    assert.match(
      text.toString("latin1"),
      /^d8:announce17:http:\/\/a\/announce13:announce-listll17:http:\/\/a\/announceel17:http:\/\/b\/announceee4:infod/,
    );
  });

  const hex = "a".repeat(64);
  const refused: Record<string, [blob: Parameters<typeof createTorrent>[0], message: string]> = {
    "without a digest for a name": [
      { name: "../x", size: 1, pieces: new Uint8Array(20) },
      'cannot make a torrent: "../x" is not a hex SHA-256',
    ],
    "without bytes": [
      { name: hex, size: 0, pieces: new Uint8Array(0) },
      "cannot make a torrent: 0 bytes are not a blob's size",
    ],
    "of half a byte": [
      { name: hex, size: 0.5, pieces: new Uint8Array(20) },
      "cannot make a torrent: 0.5 bytes are not a blob's size",
    ],
    "with too few pieces": [
      { name: hex, size: 256 * KIB + 1, pieces: new Uint8Array(20) },
      "cannot make a torrent: a blob of 262145 bytes has 2 pieces, not 1",
    ],
  };
  for (const [what, [blob, message]] of Object.entries(refused)) {
    it(`refuses a blob ${what}`, () => {
      assert.throws(() => createTorrent(blob), { code: "METAINFO_INVALID", message });
    });
  }

  it("counts no piece for nothing", () => assert.equal(pieceCount(0), 0));
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The SHA-1 of what stands between "4:info" and the end of the file's dictionary. */
function infoHashOf(metainfo: Buffer): string {
  const info = metainfo.subarray(metainfo.indexOf("4:infod") + "4:info".length);
  const end = info.indexOf("7:privatei1ee") + "7:privatei1ee".length;
  return createHash("sha1").update(info.subarray(0, end)).digest("hex");
}
