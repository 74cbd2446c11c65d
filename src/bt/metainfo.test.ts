import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Encodable, encode } from "./bencode.ts";
import { BtError } from "./errors.ts";
import { MAX_METAINFO_BYTES, parseMetainfo } from "./metainfo.ts";
import { aBlob, seededRandom } from "./test-blob.ts";
import { encodeMetainfo } from "./torrent.ts";

const SIZE = 600_000;
const { torrent } = aBlob(SIZE);
const expected = { digest: torrent.name, size: SIZE };
const tracker = "http://10.0.0.1:6882/announce";

type Dictionary = { [key: string]: Encodable };
const info: Dictionary = {
  length: SIZE,
  name: torrent.name,
  "piece length": torrent.pieceLength,
  pieces: torrent.pieces,
  private: 1,
};
const withInfo = (change: Dictionary) => encode({ info: { ...info, ...change } });
const without = (key: string) =>
  encode({ info: Object.fromEntries(Object.entries(info).filter(([name]) => name !== key)) });
const withTop = (change: Dictionary) => encode({ info, ...change });

const good = encodeMetainfo(torrent, [tracker]);
const text = good.toString("latin1");
const changed = (from: string | RegExp, to: string) =>
  Buffer.from(text.replace(from, to), "latin1");

const refused: Record<string, [bytes: Uint8Array, reason: string]> = {
  "that is empty": [Buffer.alloc(0), "it is cut short"],
  "that is cut short": [good.subarray(0, good.length - 30), "it is cut short"],
  "with a byte behind it": [Buffer.concat([good, Buffer.from("e")]), "1 bytes follow the end"],
  "that is a list": [Buffer.from("le"), "it is not a dictionary"],
  "that is HTML": [Buffer.from("<html></html>"), "not bencoding at byte 0"],
  "with two infos": [
    changed(/^d8:announce.*?4:info/, "d4:infode4:info"),
    'the key "info" appears twice',
  ],
  "with keys out of order": [
    changed("6:lengthi600000e", "7:privatei1e6:lengthi600000e"),
    'the key "length" is out of order',
  ],
  "with a key twice": [
    changed("7:privatei1e", "7:privatei1e7:privatei1e"),
    'the key "private" appears twice',
  ],
  "with a leading zero": [
    changed("i600000e", "i0600000e"),
    `the number at byte ${text.indexOf("i600000e")} has a leading zero`,
  ],
  "with minus zero": [
    changed("7:privatei1e", "7:privatei-0e"),
    `minus zero at byte ${text.indexOf("7:privatei1e") + 9}`,
  ],
  "with a huge integer": [
    changed("i600000e", `i${"9".repeat(30)}e`),
    `the number at byte ${text.indexOf("i600000e")} is too large`,
  ],
  "whose string runs beyond the end": [changed("6:pieces60:", "6:pieces6000:"), "it is cut short"],
  "with 200,000 nested lists": [
    Buffer.from(`d1:x${"l".repeat(200_000)}`),
    "it is nested deeper than 6",
  ],
  "with a million integers": [
    Buffer.from(`l${"i0e".repeat(500_000)}e`),
    "it has more than 1000 values",
  ],
  "of 2 MiB and a byte": [
    Buffer.alloc(MAX_METAINFO_BYTES + 1),
    "it has 2097153 bytes, and 2097152 is the limit",
  ],
  "with an unknown key": [withTop({ comment: "hello" }), 'it has an unknown key "comment"'],
  "with web seeds": [withTop({ "url-list": ["http://x/"] }), 'it has an unknown key "url-list"'],
  "with DHT nodes": [withTop({ nodes: [["x", 1]] }), 'it has an unknown key "nodes"'],
  "whose creator is a number": [withTop({ "created by": 1 }), "its creator is not a string"],
  "whose date is a string": [withTop({ "creation date": "now" }), "its date is not a number"],
  "without info": [encode({ announce: tracker }), "it has no info dictionary"],
  "whose info is a string": [encode({ info: "x" }), "it has no info dictionary"],
  "of several files": [
    withInfo({ files: [{ length: SIZE, path: ["a"] }] }),
    "it holds more than one file",
  ],
  "with a padding file": [withInfo({ attr: "p" }), "it marks its file as padding"],
  "of version 2": [withInfo({ "meta version": 2 }), "it is a version 2 torrent"],
  "of version 2 with a file tree": [withInfo({ "file tree": {} }), "it is a version 2 torrent"],
  "that is a hybrid": [withTop({ "piece layers": {} }), "it is a version 2 torrent"],
  "with a source key": [withInfo({ source: "x" }), 'its info has an unknown key "source"'],
  "without a name": [without("name"), "its name is not the blob's digest"],
  "with another name": [withInfo({ name: "b".repeat(64) }), "its name is not the blob's digest"],
  "with a path for a name": [withInfo({ name: "../../etc" }), "its name is not the blob's digest"],
  "whose name is a number": [withInfo({ name: 5 }), "its name is not the blob's digest"],
  "of another length": [
    withInfo({ length: 599_999 }),
    "its length is 599999, and the blob has 600000 bytes",
  ],
  "of negative length": [
    withInfo({ length: -1 }),
    "its length is -1, and the blob has 600000 bytes",
  ],
  "without a length": [without("length"), "its length is no number, and the blob has 600000 bytes"],
  "that is not private": [without("private"), "it is not private"],
  "that says private 0": [withInfo({ private: 0 }), "it is not private"],
  "with another piece length": [
    withInfo({ "piece length": 16384 }),
    "its piece length is 16384, and 262144 belongs to this size",
  ],
  "without a piece length": [
    without("piece length"),
    "its piece length is no number, and 262144 belongs to this size",
  ],
  "without pieces": [without("pieces"), "it does not have the 3 piece hashes of this size"],
  "with a piece too few": [
    withInfo({ pieces: torrent.pieces.subarray(20) }),
    "it does not have the 3 piece hashes of this size",
  ],
  "with a piece too many": [
    withInfo({ pieces: Buffer.alloc(80) }),
    "it does not have the 3 piece hashes of this size",
  ],
  "with half a hash": [
    withInfo({ pieces: Buffer.alloc(50) }),
    "it does not have the 3 piece hashes of this size",
  ],
  "whose tiers are no lists": [
    withTop({ "announce-list": [tracker] }),
    "its announce-list is not a list of lists",
  ],
  "whose announce is a number": [withTop({ announce: 1 }), "an announce URL is not a string"],
  "that announces over UDP": [
    withTop({ announce: "udp://10.0.0.1:6882" }),
    '"udp://10.0.0.1:6882" is not an http announce URL',
  ],
  "that announces to a file": [
    withTop({ announce: "file:///etc/passwd" }),
    '"file:///etc/passwd" is not an http announce URL',
  ],
  "that announces to nothing": [withTop({ announce: "" }), '"" is not an http announce URL'],
  "with a password in an announce URL": [
    withTop({ announce: "http://u:p@10.0.0.1/announce" }),
    "an announce URL holds a password",
  ],
  "with 101 trackers": [
    withTop({ "announce-list": Array.from({ length: 101 }, (_, i) => [`http://h${i}/`]) }),
    "it names more than 100 trackers",
  ],
};

describe("parseMetainfo", () => {
  it("gives back the torrent and its trackers", () => {
    assert.deepEqual(parseMetainfo(good, expected), { torrent, trackers: [tracker] });
  });

  it("accepts creator, date and a tracker said twice", () => {
    const more = withTop({
      "created by": "someone",
      "creation date": 1,
      announce: tracker,
      "announce-list": [[tracker], ["https://b.example/announce"]],
    });
    assert.deepEqual(parseMetainfo(more, expected), {
      torrent,
      trackers: [tracker, "https://b.example/announce"],
    });
  });

  for (const [what, [bytes, reason]] of Object.entries(refused)) {
    it(`refuses metainfo ${what}`, () => {
      assert.throws(() => parseMetainfo(bytes, expected), {
        name: "BtError",
        code: "METAINFO_INVALID",
        message: `refused the metainfo of sha256:${torrent.name}: ${reason}`,
      });
    });
  }

  it("refuses a foreign tracker among ours, and accepts ours alone", () => {
    const allowed = { ...expected, allowedTrackers: [tracker] };
    assert.equal(parseMetainfo(good, allowed).trackers.length, 1);
    const foreign = encodeMetainfo(torrent, [tracker, "http://evil.example/announce"]);
    assert.throws(() => parseMetainfo(foreign, allowed), {
      message: `refused the metainfo of sha256:${torrent.name}: it announces to "evil.example", which is not one of our trackers`,
    });
  });

  it("keeps no reference to the bytes it was given", () => {
    const bytes = Buffer.from(good);
    const parsed = parseMetainfo(bytes, expected);
    bytes.fill(0);
    assert.deepEqual(parsed.torrent, torrent);
  });

  const rounds = Number(process.env["OCI_TORRENT_MUTATIONS"] ?? 5000);
  it(`accepts none of ${rounds} mutations as another torrent`, () => {
    const random = seededRandom(20_240_601);
    let same = 0;
    for (let round = 0; round < rounds; round += 1) {
      const parsed = parseOrUndefined(mutate(good, random));
      if (parsed === undefined) continue;
      same += 1;
      // Only piece hashes, which nothing here can check, and tracker URLs may differ.
      assert.deepEqual(
        { ...parsed.torrent, infoHash: "", pieces: "" },
        { ...torrent, infoHash: "", pieces: "" },
      );
      assert.equal(parsed.torrent.pieces.length, torrent.pieces.length);
    }
    assert.ok(same > 0 && same < rounds, "some mutations hit a hash or URL, most break the file");
  });
});

function parseOrUndefined(bytes: Uint8Array) {
  try {
    return parseMetainfo(bytes, expected);
  } catch (error) {
    assert.ok(error instanceof BtError && error.code === "METAINFO_INVALID", String(error));
    return undefined;
  }
}

/** Changes, removes, repeats or inserts up to four runs of bytes. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let mutated = Buffer.from(bytes);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let times = 1 + below(4); times > 0; times -= 1) {
    const at = below(mutated.length);
    const end = Math.min(mutated.length, at + 1 + below(8));
    const head = mutated.subarray(0, at);
    const run = mutated.subarray(at, end);
    const kinds = [
      () => [head, Buffer.from([below(256)]), mutated.subarray(at + 1)],
      () => [head, mutated.subarray(end)],
      () => [head, run, run, mutated.subarray(end)],
      () => [head, Buffer.from("dl0123456789:eei-"[below(17)] ?? "e"), mutated.subarray(at)],
    ];
    mutated = Buffer.concat(kinds[below(kinds.length)]?.() ?? []);
  }
  return mutated;
}
