import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OracleWire from "bittorrent-protocol";
import { testBytes } from "../test-blob.ts";
import { Decoder } from "./codec.ts";
import type { Message, Range } from "./core/messages.ts";
import { encodeBlockHead, encodeControl, encodeExtended, encodeMessage } from "./encode.ts";
import { type Control, MAX_BLOCK_BYTES, MAX_FRAME_BYTES } from "./protocol.ts";

type Heard = unknown[];

/** What a decoder makes of the bytes when they come in parts of `part` bytes. */
function decode(bytes: Uint8Array, mode: "plain" | "link", part = bytes.length): Heard {
  const heard: Heard = [];
  let target = new Uint8Array();
  const decoder = new Decoder({
    message: (channel, message) => heard.push([channel, copied(message)]),
    control: (control) => heard.push(control),
    extended: (id, payload) => heard.push(["extended", id, Buffer.from(payload).toString()]),
    blockBegins: (_channel, range) => {
      target = new Uint8Array(range.bytes);
      return target;
    },
    blockEnded: (channel, range) =>
      heard.push([channel, "block", range, Buffer.from(target).toString("base64")]),
  });
  decoder.mode = mode;
  for (let at = 0; at < bytes.length; at += part) decoder.push(bytes.subarray(at, at + part));
  return heard;
}

/** Bodies are views that end with the event. */
const copied = (message: Message): unknown => {
  if (message.id === "bitfield") return { ...message, bits: [...message.bits] };
  return message.id === "hashes" ? { ...message, hashes: [...message.hashes] } : message;
};

const plain: readonly Message[] = [
  { id: "choke" },
  { id: "unchoke" },
  { id: "interested" },
  { id: "notInterested" },
  { id: "have", piece: 70_000 },
  { id: "suggest", piece: 3 },
  { id: "bitfield", bits: new Uint8Array([255, 1, 128]) },
  { id: "request", piece: 1, offset: 2, bytes: 16_384 },
  { id: "cancel", piece: 100_000, offset: 5, bytes: 6 },
  { id: "reject", piece: 7, offset: 8, bytes: 9 },
  { id: "haveAll" },
  { id: "haveNone" },
];
const own: readonly Message[] = [
  { id: "hashes", generation: 7, issuer: 65_535, first: 9, hashes: testBytes(60) },
  { id: "hashes", generation: 7, issuer: 1, first: 0, hashes: testBytes(4_096 * 20) },
  { id: "retract", generation: 4_294_967_295 },
  { id: "later", piece: 7, offset: 8, bytes: 9 },
  { id: "dealing", on: true },
  { id: "dealing", on: false },
];
const controls: readonly Control[] = [
  { control: "open", channel: 3, name: "ab".repeat(20), size: 5e12, pieceLength: 4_194_304 },
  { control: "close", channel: 65_535 },
  { control: "ping" },
  { control: "busy", addresses: ["10.0.0.1:6881", "[fe80::1]:1"] },
  { control: "busy", addresses: [] },
];
const range: Range = { piece: 6, offset: 262_144, bytes: 1_000 };
const block = testBytes(range.bytes);
const blockHeard = (channel: number) => [
  channel,
  "block",
  range,
  Buffer.from(block).toString("base64"),
];

describe("the codec", () => {
  for (const part of [1, 2, 7, 16, 1_000, 1_000_000]) {
    it(`reads what it wrote, ${part} bytes at a time`, () => {
      const bytes = Buffer.concat([
        ...[...plain, ...own].map((message) => encodeMessage(9, message)),
        ...controls.map(encodeControl),
        encodeBlockHead(9, range),
        block,
        encodeMessage(9, { id: "choke" }),
      ]);
      const heard = decode(bytes, "link", part);
      const messages = [...plain, ...own].map((message) => [9, copied(message)]);
      assert.deepEqual(heard, [...messages, ...controls, blockHeard(9), [9, { id: "choke" }]]);
    });

    it(`reads plain connections, ${part} bytes at a time`, () => {
      const bytes = Buffer.concat([
        Buffer.alloc(4),
        ...plain.map((message) => encodeMessage(undefined, message)),
        encodeExtended(0, Buffer.from("de")),
        encodeBlockHead(undefined, range),
        block,
      ]);
      const messages = plain.map((message) => [0, copied(message)]);
      const expected = [...messages, ["extended", 0, "de"], blockHeard(0)];
      assert.deepEqual(decode(bytes, "plain", part), expected);
    });
  }

  it("says on plain connections what bittorrent-protocol understands", async () => {
    const wire = await oracle();
    wire.unchoke();
    for (const message of plain) wire.write(encodeMessage(undefined, message));
    wire.write(
      Buffer.concat([
        encodeBlockHead(undefined, { piece: 0, offset: 0, bytes: 3 }),
        Buffer.from("abc"),
      ]),
    );
    await turn();
    assert.deepEqual(wire.heard, [
      ["choke"],
      ["unchoke"],
      ["interested"],
      ["uninterested"],
      ["have", 70_000],
      ["suggest", 3],
      ["bitfield", 24],
      ["request", 1, 2, 16_384],
      ["cancel", 100_000, 5, 6],
      ["reject", 7, 8, 9],
      ["have-all"],
      ["have-none"],
      ["piece", 0, 0, 3],
    ]);
  });

  it("understands what bittorrent-protocol says", async () => {
    const wire = await oracle();
    wire.write(encodeMessage(undefined, { id: "unchoke" }));
    await turn();
    wire.unchoke();
    wire.interested();
    wire.uninterested();
    wire.have(5);
    wire.bitfield(Buffer.from([1, 2]));
    wire.request(1, 2, 3, () => {});
    wire.piece(0, 0, Buffer.from("abc"));
    wire.cancel(1, 2, 3);
    wire.suggest(4);
    wire.reject(1, 2, 3);
    wire.haveAll();
    wire.allowedFast(1);
    wire.port(6881);
    wire.keepAlive();
    await turn();
    const ids = decode(wire.said(), "plain", 5).map((heard) => {
      const [, what] = heard as [number, Message | "block"];
      return what === "block" ? what : what.id;
    });
    assert.deepEqual(ids, [
      "unchoke",
      "interested",
      "notInterested",
      "have",
      "bitfield",
      "request",
      "block",
      "cancel",
      "suggest",
      "reject",
      "haveAll",
    ]);
  });

  const frame = (length: number, ...rest: number[]) => {
    const bytes = Buffer.from([0, 0, 0, 0, ...rest]);
    bytes.writeUInt32BE(length, 0);
    return bytes;
  };
  const padded = (bytes: Buffer, size: number) => Buffer.concat([bytes, Buffer.alloc(size)]);
  const refused: Record<string, ["plain" | "link", Buffer, string]> = {
    "a frame of 2 GiB": ["plain", frame(2 ** 31, 7), "message too long"],
    "a frame one byte too long": ["link", frame(MAX_FRAME_BYTES + 1), "message too long"],
    "a block one byte too long": [
      "link",
      frame(MAX_BLOCK_BYTES + 12, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0),
      "message too long",
    ],
    "a block without bytes": ["plain", frame(9, 7), "malformed message"],
    "a bitfield of more pieces than a blob can have": [
      "plain",
      frame(8_194, 5),
      "message too long",
    ],
    "a `have` that is too short": ["plain", frame(4, 4, 0, 0, 0), "malformed message"],
    "a `choke` with a body": ["plain", frame(2, 0, 0), "malformed message"],
    "a `request` that is too long": ["plain", padded(frame(14, 6), 13), "malformed message"],
    "a frame without a channel": ["link", frame(2, 0, 0), "malformed message"],
    "hashes that are fewer than they say": [
      "link",
      padded(frame(3 + 12 + 20, 0, 1, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2), 20),
      "malformed message",
    ],
    "an id nobody has agreed to": ["link", frame(4, 0, 1, 99, 0), "malformed message"],
    "a control id nobody has agreed to": ["link", frame(4, 0, 0, 99, 0), "malformed message"],
    "an extended message without an id": ["plain", frame(1, 20), "malformed message"],
    "a flood of keep-alives": ["plain", Buffer.alloc(4 * 1_201), "flood"],
    "a flood of chokes": [
      "link",
      Buffer.concat(Array.from({ length: 1_201 }, () => encodeMessage(1, { id: "choke" }))),
      "flood",
    ],
  };
  for (const [what, [mode, bytes, violation]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      for (const part of [1, bytes.length]) {
        assert.throws(() => decode(bytes, mode, part), { name: "ProtocolError", violation });
      }
    });
  }

  it("takes what is as large as it may be", () => {
    const largest = { piece: 0, offset: 0, bytes: MAX_BLOCK_BYTES };
    const bytes = padded(encodeBlockHead(1, largest), MAX_BLOCK_BYTES);
    assert.equal(decode(bytes, "link").length, 1);
    assert.equal(decode(padded(frame(8_193, 5), 8_192), "plain").length, 1);
    assert.equal(decode(Buffer.alloc(4 * 1_200), "plain").length, 0);
  });

  it("stops at once when it is told to", () => {
    const heard: unknown[] = [];
    const decoder = new Decoder({
      message: () => {
        heard.push("message");
        decoder.stop();
      },
      control: () => {},
      extended: () => {},
      blockBegins: () => undefined,
      blockEnded: () => {},
    });
    decoder.push(
      Buffer.concat([1, 2].map((piece) => encodeMessage(undefined, { id: "have", piece }))),
    );
    decoder.push(encodeMessage(undefined, { id: "choke" }));
    assert.deepEqual(heard, ["message"]);
  });
});

/** The library's streams hand on what they got a little later. */
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A wire of the library with handshakes behind it; `heard` is what it understood. */
async function oracle() {
  const wire = new OracleWire();
  const said: Uint8Array[] = [];
  wire.on("data", (chunk: Uint8Array) => said.push(chunk));
  wire.on("error", () => {});
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 4]);
  const name = Buffer.from("\u0013BitTorrent protocol", "latin1");
  const greeting = Buffer.concat([name, reserved, Buffer.alloc(40, "x")]);
  wire.handshake("1".repeat(40), "2".repeat(40), { fast: true });
  wire.write(greeting);
  wire.write(encodeExtended(0, Buffer.from("d1:mdee")));
  const heard: unknown[] = [];
  for (const event of ["choke", "unchoke", "interested", "uninterested", "have-all", "have-none"]) {
    wire.on(event, () => heard.push([event]));
  }
  wire.on("have", (piece: number) => heard.push(["have", piece]));
  wire.on("suggest", (piece: number) => heard.push(["suggest", piece]));
  wire.on("bitfield", (bits: { buffer: Uint8Array }) =>
    heard.push(["bitfield", bits.buffer.length * 8]),
  );
  wire.on("request", (...ask: unknown[]) => heard.push(["request", ...ask.slice(0, 3)]));
  wire.on("cancel", (...ask: unknown[]) => heard.push(["cancel", ...ask.slice(0, 3)]));
  wire.on("reject", (...ask: unknown[]) => heard.push(["reject", ...ask.slice(0, 3)]));
  wire.on("piece", (piece: number, offset: number, bytes: Uint8Array) =>
    heard.push(["piece", piece, offset, bytes.length]),
  );
  await turn();
  said.length = 0;
  return Object.assign(wire, { heard, said: () => Buffer.concat(said) });
}
