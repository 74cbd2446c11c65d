// What a peer can do to the engine, over real sockets. Every case ends with an honest peer that is still served by the same bytes of greeting.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { until } from "../swarm-contract.ts";
import { aBlob } from "../test-blob.ts";
import { createTracker, type Tracker } from "../tracker-server.ts";
import { keyOf } from "./blob.ts";
import { Decoder } from "./codec.ts";
import type { Message, Range } from "./core/messages.ts";
import { encodeBlockHead, encodeControl, encodeExtended, encodeMessage } from "./encode.ts";
import type { LeanSwarm } from "./engine.ts";
import { encodeGreeting, encodeHello, linkHash } from "./handshake.ts";
import type { LeanEvent } from "./lean-event.ts";
import type { Control } from "./protocol.ts";
import { aLeanSwarm } from "./test-swarm.ts";

const PIECE = 256 * 1024;
const blob = aBlob(8 * PIECE);
const { size, pieceLength } = blob.torrent;
const peerId = "ab".repeat(20);
const never = new AbortController().signal;
const open: Control = { control: "open", channel: 1, name: keyOf(blob.torrent), size, pieceLength };
const ask = (piece: number, offset: number, bytes: number) =>
  encodeMessage(1, { id: "request", piece, offset, bytes });
const greeting = Buffer.concat([
  encodeGreeting(linkHash("test"), peerId),
  encodeExtended(0, encodeHello({ node: "hostile", zone: "", port: 1, isKnock: false })),
]);
const opened = Buffer.concat([greeting, encodeControl(open), encodeMessage(1, { id: "haveNone" })]);
const frame = (length: number, ...rest: number[]) => {
  const bytes = Buffer.from([0, 0, 0, 0, ...rest]);
  bytes.writeUInt32BE(length, 0);
  return bytes;
};
const many = (count: number, bytes: (i: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => bytes(i)));

/** What the swarm says on a link, and how many bytes of blocks it sends. */
function listenTo(socket: Socket) {
  const said: Message["id"][] = [];
  const heard = { said, blockBytes: 0 };
  const decoder = new Decoder({
    message: (_channel, { id }) => said.push(id),
    control: () => {},
    extended: () => {
      decoder.mode = "link";
    },
    blockBegins: () => undefined,
    blockEnded: (_channel, { bytes }) => {
      heard.blockBytes += bytes;
    },
  });
  let skip = 68;
  socket.on("data", (chunk: Buffer) => {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    decoder.push(chunk.subarray(skipped));
  });
  return heard;
}

describe("a hostile peer of the lean engine", { timeout: 120_000 }, () => {
  let directory: string;
  let swarm: LeanSwarm;
  let tracker: Tracker;
  let events: LeanEvent[] = [];
  const sockets = new Set<Socket>();

  const dial = async (to = swarm.listening): Promise<Socket> => {
    const socket = connect(to);
    sockets.add(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  const dropped = () =>
    events.flatMap((event) => (event.event === "peer dropped" ? event.reason : []));
  const assertServes = async () => {
    const socket = await dial();
    const heard = listenTo(socket);
    socket.write(opened);
    await until(() => heard.said.includes("unchoke"));
    socket.write(ask(0, 0, 16_384));
    await until(() => heard.blockBytes === 16_384);
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "hostile-lean-"));
    await writeFile(join(directory, "blob"), blob.bytes);
    tracker = await createTracker({ listen: { host: "127.0.0.1", port: 0 }, admits: () => true });
    swarm = await aLeanSwarm({
      limits: { handshakeMs: 300, accepted: 50 },
      foreignListen: { host: "127.0.0.2", port: 0 },
      log: (event) => events.push(event),
    });
    await swarm.seed(blob.torrent, join(directory, "blob"), []);
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    events = [];
  });
  after(async () => {
    await swarm.close();
    await tracker.close();
    await rm(directory, { recursive: true });
  });

  const block = { piece: 0, offset: 0, bytes: 100 };
  const abuses: Record<string, [bytes: Buffer, reason: string]> = {
    "speaks another protocol": [Buffer.from("GET / HTTP/1.1\r\n\r\n"), "handshake"],
    "comes from another fleet": [encodeGreeting(linkHash("other"), peerId), "another fleet"],
    "says nothing of itself": [
      Buffer.concat([
        encodeGreeting(linkHash("test"), peerId),
        encodeExtended(0, Buffer.from("de")),
      ]),
      "handshake",
    ],
    "nests its hello": [
      Buffer.concat([
        encodeGreeting(linkHash("test"), peerId),
        encodeExtended(0, Buffer.from("l".repeat(20_000))),
      ]),
      "malformed message",
    ],
    "announces a frame of 2 GiB": [
      Buffer.concat([opened, frame(2 ** 31, 0, 1, 5)]),
      "message too long",
    ],
    "sends a bitfield of the wrong size": [
      Buffer.concat([opened, encodeMessage(1, { id: "bitfield", bits: new Uint8Array(2) })]),
      "wrong bitfield",
    ],
    "sends a bitfield with spare bits": [
      Buffer.concat([
        greeting,
        encodeControl({ ...open, size: size - PIECE, name: "cd".repeat(20) }),
        encodeMessage(1, { id: "bitfield", bits: new Uint8Array([255]) }),
      ]),
      "wrong bitfield",
    ],
    "has a piece out of range": [
      Buffer.concat([opened, encodeMessage(1, { id: "have", piece: 8 })]),
      "piece out of range",
    ],
    "asks beyond a piece": [Buffer.concat([opened, ask(0, PIECE, 1)]), "piece out of range"],
    "asks for nothing": [Buffer.concat([opened, ask(0, 0, 0)]), "piece out of range"],
    "sends a block that nobody asked for": [
      Buffer.concat([opened, encodeBlockHead(1, block), Buffer.alloc(100)]),
      "unasked piece",
    ],
    "speaks on a channel that it has not opened": [
      Buffer.concat([opened, encodeMessage(2, { id: "haveNone" })]),
      "unknown channel",
    ],
    "opens one channel twice": [Buffer.concat([opened, encodeControl(open)]), "malformed message"],
    "gives a blob another size": [
      Buffer.concat([greeting, encodeControl({ ...open, size: size + 1 })]),
      "malformed message",
    ],
    "opens too many channels": [
      Buffer.concat([
        greeting,
        many(300, (i) =>
          encodeControl({ ...open, channel: i + 1, name: i.toString(16).padStart(40, "0") }),
        ),
      ]),
      "too many channels",
    ],
    "floods with pings": [
      Buffer.concat([greeting, many(2_000, () => encodeControl({ control: "ping" }))]),
      "flood",
    ],
    "floods with empty frames": [Buffer.concat([opened, Buffer.alloc(4 * 2_000)]), "flood"],
    "floods with asks that cannot all be answered": [
      Buffer.concat([opened, many(20_000, (i) => ask(i % 8, 0, 16_384))]),
      "flood",
    ],
    "sends hashes beyond the blob": [
      Buffer.concat([
        opened,
        encodeMessage(1, {
          id: "hashes",
          generation: 1,
          issuer: 0,
          first: 8,
          hashes: new Uint8Array(20),
        }),
      ]),
      "piece out of range",
    ],
  };
  for (const [what, [bytes, reason]] of Object.entries(abuses)) {
    it(`is dropped within 5 s when it ${what}`, async () => {
      const socket = await dial();
      const began = performance.now();
      socket.resume();
      const closed = once(socket, "close");
      socket.write(bytes);
      await closed;
      await until(() => dropped().length > 0);
      assert.ok(performance.now() - began < 5_000);
      assert.deepEqual(dropped(), [reason]);
      events = [];
      await assertServes();
      assert.deepEqual(dropped(), []);
    });
  }

  it("is dropped when its handshake comes byte by byte", async () => {
    const socket = await dial();
    socket.write(Buffer.from([19]));
    await once(socket, "close");
    await until(() => dropped().length > 0);
    assert.deepEqual(dropped(), ["timeout"]);
    await assertServes();
  });

  it("costs only so much memory when it asks and does not read", async () => {
    const socket = await dial();
    socket.pause();
    socket.write(opened);
    socket.write(many(32, (i) => ask(i % 8, 0, 128 * 1024)));
    const before = process.memoryUsage.rss();
    await until(() => swarm.stats().uploadedBytes > 0);
    await assertServes();
    const grown = process.memoryUsage.rss() - before;
    assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes`);
  });

  it("is refused when there are too many of it", async () => {
    const all = await Promise.all(Array.from({ length: 60 }, () => dial()));
    await until(() => events.some((event) => event.event === "peer refused"));
    // The engine hangs up on the others as well, because they say nothing; then there is room again.
    await Promise.all(
      all.map(async (socket) => socket.closed || (await once(socket.resume(), "close"))),
    );
    await assertServes();
  });

  const plainAsk = (piece: number, offset: number, bytes: number) =>
    encodeMessage(undefined, { id: "request", piece, offset, bytes });
  const plain = encodeGreeting(blob.torrent.infoHash, peerId);
  const plainAbuses: Record<string, [bytes: Buffer, reason: string]> = {
    "comes to the foreign port as an agent": [greeting, "unknown torrent"],
    "asks for a torrent that is not here": [
      encodeGreeting("12".repeat(20), peerId),
      "unknown torrent",
    ],
    "sends a bitfield of the wrong size": [
      Buffer.concat([plain, encodeMessage(undefined, { id: "bitfield", bits: new Uint8Array(2) })]),
      "wrong bitfield",
    ],
    "asks beyond a piece": [Buffer.concat([plain, plainAsk(0, PIECE, 1)]), "piece out of range"],
    "sends an extended message that is no dictionary": [
      Buffer.concat([plain, encodeExtended(0, Buffer.from("l-3:e"))]),
      "malformed message",
    ],
    "sends a block that nobody asked for": [
      Buffer.concat([plain, encodeBlockHead(undefined, block), Buffer.alloc(100)]),
      "unasked piece",
    ],
    "floods with asks": [
      Buffer.concat([plain, many(20_000, (i) => plainAsk(i % 8, 0, 16_384))]),
      "flood",
    ],
  };
  for (const [what, [bytes, reason]] of Object.entries(plainAbuses)) {
    it(`is dropped within 5 s when it is a foreign client and ${what}`, async () => {
      const socket = await dial(swarm.foreignListening);
      const began = performance.now();
      socket.resume();
      const closed = once(socket, "close");
      socket.write(bytes);
      await closed;
      await until(() => dropped().length > 0);
      assert.ok(performance.now() - began < 5_000);
      assert.deepEqual(dropped(), [reason]);
      await assertServes();
    });
  }

  /** A peer that an honest leecher dials: it says it has everything, and answers asks as it likes. */
  const liar = async (answer: (socket: Socket, range: Range) => void) => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      const decoder = new Decoder({
        message: (_channel, message) => {
          if (message.id === "request") answer(socket, message);
        },
        control: (control) => {
          if (control.control !== "open" || control.name !== open.name) return;
          socket.write(
            Buffer.concat([
              encodeControl(open),
              encodeMessage(1, { id: "haveAll" }),
              encodeMessage(1, { id: "unchoke" }),
            ]),
          );
        },
        extended: () => {
          decoder.mode = "link";
        },
        blockBegins: () => undefined,
        blockEnded: () => {},
      });
      let skip = 68;
      socket.on("data", (chunk: Buffer) => {
        if (skip === 68) socket.write(liarGreeting());
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        decoder.push(chunk.subarray(skipped));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const liarGreeting = () =>
      Buffer.concat([
        encodeGreeting(linkHash("test"), peerId),
        encodeExtended(0, encodeHello({ node: `liar ${port}`, zone: "", port, isKnock: false })),
      ]);
    const infoHash = open.name.replace(/../g, "%$&");
    const query = `info_hash=${infoHash}&peer_id=${"x".repeat(20)}&port=${port}&uploaded=0&downloaded=0&left=0&compact=1`;
    await fetch(`${tracker.url}?${query}&event=started`);
    return server;
  };
  const send = (socket: Socket, range: Range, bytes: Uint8Array) =>
    socket.write(Buffer.concat([encodeBlockHead(1, range), bytes]));
  const right = ({ piece, offset, bytes }: Range) =>
    blob.bytes.subarray(piece * PIECE + offset, piece * PIECE + offset + bytes);

  const lies: Record<string, [(socket: Socket, range: Range) => void, reason: string]> = {
    "sends rubbish": [
      (socket, range) => send(socket, range, Buffer.alloc(range.bytes, 7)),
      "blamed",
    ],
    "sends the right bytes at the wrong place": [
      (socket, range) => send(socket, { ...range, piece: (range.piece + 1) % 8 }, right(range)),
      "unasked piece",
    ],
    "sends other blocks than were asked for": [
      (socket, range) => send(socket, { ...range, bytes: 5 }, Buffer.alloc(5)),
      "unasked piece",
    ],
    "never answers": [() => {}, "none"],
    "rejects everything": [
      (socket, range) => socket.write(encodeMessage(1, { ...range, id: "reject" })),
      "none",
    ],
  };
  for (const [what, [answer, reason]] of Object.entries(lies)) {
    it(`does not keep a leecher from an honest seeder when it ${what}`, async () => {
      const server = await liar(answer);
      const seen: LeanEvent[] = [];
      const honest = await aLeanSwarm();
      await honest.seed(blob.torrent, join(directory, "blob"), [tracker.url]);
      const leecher = await aLeanSwarm({ log: (event) => seen.push(event) });
      const file = join(directory, "copy");
      await leecher.download(blob.torrent, file, { trackers: [tracker.url] }, never);
      assert.ok(
        leecher.stats().wastedBytes <= 16 * PIECE,
        `${leecher.stats().wastedBytes} bytes wasted`,
      );
      const violations = seen.flatMap((event) =>
        event.event === "peer dropped" ? event.reason : [],
      );
      if (reason !== "none" && reason !== "blamed")
        assert.deepEqual([...new Set(violations)], [reason]);
      await Promise.all([honest.close(), leecher.close()]);
      await rm(file);
      server.close();
    });
  }
});
