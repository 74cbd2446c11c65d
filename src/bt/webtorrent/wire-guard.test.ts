import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handshake } from "../swarm-contract.ts";
import { seededRandom } from "../test-blob.ts";
import { createWireGuard, WireViolation } from "./wire-guard.ts";

const PIECE = 256 * 1024;
/** Ten pieces, the last of 100 bytes. */
const torrent = { infoHash: "ab".repeat(20), size: 9 * PIECE + 100, pieceLength: PIECE };
const hello = handshake(torrent.infoHash, "-XX0001-abcdefghijkl");

function message(id: number, ...body: (number | Uint8Array)[]): Buffer {
  const parts = body.map((part) => {
    if (typeof part !== "number") return part;
    const word = Buffer.alloc(4);
    word.writeUInt32BE(part);
    return word;
  });
  const length = Buffer.alloc(5);
  length.writeUInt32BE(1 + parts.reduce((sum, part) => sum + part.length, 0));
  length[4] = id;
  return Buffer.concat([length, ...parts]);
}
const keepAlive = Buffer.alloc(4);
const extended = (id: number, payload: string) =>
  message(20, Buffer.from([id]), Buffer.from(payload));

/** What comes out when all of this goes in, cut into chunks. */
function through(bytes: Buffer, cut = bytes.length, now = () => 0): Buffer {
  const guard = createWireGuard(torrent, () => {}, now);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += cut) {
    guard.pass(bytes.subarray(at, at + cut), (passed) => out.push(passed));
  }
  return Buffer.concat(out);
}

const good: Record<string, Buffer> = {
  "keep-alive": keepAlive,
  choke: message(0),
  "have of the last piece": message(4, 9),
  bitfield: message(5, Buffer.from([0xff, 0xc0])),
  request: message(6, 0, 0, 16384),
  "request of the largest block": message(6, 0, 0, 131072),
  "request to the end of the last piece": message(6, 9, 50, 50),
  piece: message(7, 0, 0, Buffer.alloc(16384, 5)),
  "piece of the largest block": message(7, 0, 0, Buffer.alloc(131072, 5)),
  cancel: message(8, 0, 0, 16384),
  "have all": message(14),
  reject: message(16, 0, 0, 16384),
  "allowed fast": message(17, 3),
  "extension handshake": extended(0, "d1:md11:ut_metadatai1ee4:reqqi250ee"),
  "unsorted extension handshake": extended(0, "d4:reqqi250e1:md11:ut_metadatai1eee"),
  "extension handshake without m": extended(0, "d1:pi6881ee"),
  "metadata request": extended(1, "d8:msg_typei0e5:piecei0ee"),
  "donthave of four bytes": message(20, Buffer.from([2]), 7),
};

const leftOut: Record<string, Buffer> = {
  "DHT port": message(9, Buffer.from([1, 2])),
  "message of an unknown extension": message(21, Buffer.alloc(100)),
  "metadata that nobody asked for": extended(1, "d8:msg_typei1e5:piecei0e10:total_sizei5eeabcde"),
  "extension message that is no bencoding": extended(1, "l-3:e"),
  "peer exchange": extended(3, "d5:added6:abcdefe"),
};

const refused: Record<string, [bytes: Buffer, reason: string]> = {
  "of 2 GiB": [Buffer.from("7fffffff07", "hex"), "message too long"],
  "of 4 GiB, which a signed number takes for a keep-alive": [
    Buffer.from("ffffffff07", "hex"),
    "message too long",
  ],
  "with a block of 128 KiB and a byte": [
    message(7, 0, 0, Buffer.alloc(131073)),
    "message too long",
  ],
  "of 64 KiB and a byte that is no block": [message(20, Buffer.alloc(65_536)), "message too long"],
  "with a block of nothing": [message(7, 0, 0), "malformed message"],
  "that chokes with a body": [message(0, 1), "malformed message"],
  "that has half a piece index": [message(4, Buffer.alloc(2)), "malformed message"],
  "that has a piece beyond the last": [message(4, 10), "piece out of range"],
  "with a bitfield too short": [message(5, Buffer.from([0xff])), "wrong bitfield"],
  "with a bitfield too long": [message(5, Buffer.alloc(3)), "wrong bitfield"],
  "with an empty bitfield": [message(5), "wrong bitfield"],
  "with spare bits set": [message(5, Buffer.from([0xff, 0xe0])), "wrong bitfield"],
  "that asks beyond the last piece": [message(6, 10, 0, 16384), "piece out of range"],
  "that asks beyond a piece's end": [message(6, 0, PIECE - 1, 2), "piece out of range"],
  "that asks beyond the short last piece": [message(6, 9, 0, 101), "piece out of range"],
  "that asks for piece -1": [message(6, 0xffffffff, 0, 16384), "piece out of range"],
  "that asks for nothing": [message(6, 0, 0, 0), "malformed message"],
  "that asks for more than 128 KiB": [message(6, 0, 0, 131073), "malformed message"],
  "that asks with a field missing": [message(6, 0, 0), "malformed message"],
  "that suggests a piece beyond the last": [message(13, 10), "piece out of range"],
  "with an extension handshake that makes a parser go back": [
    extended(0, "l-3:e"),
    "bad extension message",
  ],
  "with an extension handshake that is cut": [extended(0, "d1:md"), "bad extension message"],
  "with an extension handshake and more": [extended(0, "d1:mdeei1e"), "bad extension message"],
  "with an extension handshake that is a list": [extended(0, "le"), "bad extension message"],
  "with extension numbers that are strings": [
    extended(0, "d1:md2:ab2:xyee"),
    "bad extension message",
  ],
  "with an extension called __proto__ and worse": [
    extended(0, "d1:md3:a{}i1eee"),
    "bad extension message",
  ],
};

describe("wire guard", () => {
  for (const [what, bytes] of Object.entries(good)) {
    it(`lets pass: ${what}`, () => {
      const all = Buffer.concat([hello, bytes]);
      assert.deepEqual(through(all), all);
    });
  }

  for (const [what, bytes] of Object.entries(leftOut)) {
    it(`leaves out: ${what}`, () => {
      const all = Buffer.concat([hello, message(1), bytes, message(2)]);
      assert.deepEqual(through(all), Buffer.concat([hello, message(1), message(2)]));
    });
  }

  for (const [what, [bytes, reason]] of Object.entries(refused)) {
    it(`hangs up on a message ${what}`, () => {
      assert.throws(() => through(Buffer.concat([hello, bytes])), {
        name: "WireViolation",
        reason,
      });
      assert.throws(() => through(Buffer.concat([hello, bytes]), 1), { reason });
    });
  }

  it("hangs up on another protocol and on another torrent", () => {
    const http = Buffer.from(`GET / HTTP/1.1\r\n${"x".repeat(80)}`);
    assert.throws(() => through(http), { reason: "handshake" });
    const other = handshake("cd".repeat(20), "-XX0001-abcdefghijkl");
    assert.throws(() => through(other), { reason: "another torrent" });
  });

  it("passes on nothing of a handshake before it is complete", () => {
    assert.equal(through(hello.subarray(0, 67)).length, 0);
    assert.equal(through(hello).length, 68);
  });

  it("says who the peer is", () => {
    let peer = "";
    createWireGuard(torrent, (peerId) => {
      peer = peerId;
    }).pass(hello, () => {});
    assert.equal(Buffer.from(peer, "hex").toString(), "-XX0001-abcdefghijkl");
  });

  it("hangs up on a flood of empty messages, and not on a quiet minute of them", () => {
    const many = (count: number) => Buffer.concat([hello, ...Array(count).fill(keepAlive)]);
    assert.equal(through(many(600)).length, 68 + 2400);
    assert.throws(() => through(many(601)), { reason: "flood" });
    let minutes = 0;
    const slowly = () => {
      minutes += 1;
      return minutes * 61_000;
    };
    assert.equal(through(many(2000), 4, slowly).length, 68 + 8000);
  });

  it("passes the same bytes however they are cut", () => {
    const random = seededRandom(11);
    const all = [...Object.values(good), ...Object.values(leftOut)];
    const stream = Buffer.concat([hello, ...all, ...all.toReversed(), ...all]);
    const whole = through(stream);
    for (const cut of [1, 2, 3, 5, 7, 100, 1000, 65_536])
      assert.deepEqual(through(stream, cut), whole);
    const guard = createWireGuard(torrent, () => {});
    const out: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + Math.floor(random() * 3000);
      guard.pass(stream.subarray(at, end), (passed) => out.push(passed));
      at = end;
    }
    assert.deepEqual(Buffer.concat(out), whole);
  });

  const rounds = Number(process.env["OCI_TORRENT_MUTATIONS"] ?? 5000);
  it(`never throws anything but a violation, in ${rounds} mutations`, () => {
    const random = seededRandom(20_240_602);
    const small = Object.entries(good).filter(([, bytes]) => bytes.length < 1000);
    const stream = Buffer.concat([hello, ...small.map(([, bytes]) => bytes)]);
    let passed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const mutated = Buffer.from(stream);
      for (let times = 1 + Math.floor(random() * 3); times > 0; times -= 1) {
        mutated[48 + Math.floor(random() * (mutated.length - 48))] = Math.floor(random() * 256);
      }
      try {
        through(mutated, 1 + Math.floor(random() * 200));
        passed += 1;
      } catch (error) {
        assert.ok(error instanceof WireViolation, String(error));
      }
    }
    assert.ok(passed > 0 && passed < rounds);
  });
});
