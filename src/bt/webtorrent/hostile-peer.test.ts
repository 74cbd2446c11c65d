// What a peer can do to a swarm, over real sockets. Every case ends with an honest peer that is still served.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Swarm, SwarmEvent } from "../index.ts";
import { greet, until } from "../swarm-contract.ts";
import { aBlob } from "../test-blob.ts";
import { createWebTorrentSwarm } from "./webtorrent-swarm.ts";

const blob = aBlob(8 * 256 * 1024);
const INTERESTED = Buffer.from([0, 0, 0, 1, 2]);
const UNCHOKE = 1;
const PIECE = 7;
const REJECT = 16;

function ask(piece: number, offset: number, length = 16_384): Buffer {
  const message = Buffer.from([0, 0, 0, 13, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  message.writeUInt32BE(piece, 5);
  message.writeUInt32BE(offset, 9);
  message.writeUInt32BE(length, 13);
  return message;
}

/** Collects what a swarm says, and counts its messages by id. */
function listenTo(socket: Socket) {
  const counts = new Map<number, number>();
  let bytes = Buffer.alloc(0);
  let greeted = false;
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (!greeted && bytes.length >= 68) {
      greeted = true;
      bytes = bytes.subarray(68);
    }
    while (greeted && bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const id = bytes[4] ?? -1;
      counts.set(id, (counts.get(id) ?? 0) + 1);
      bytes = bytes.subarray(4 + bytes.readUInt32BE(0));
    }
  });
  return (id: number) => counts.get(id) ?? 0;
}

describe("a hostile peer", { timeout: 60_000 }, () => {
  let directory: string;
  let swarm: Swarm;
  let events: SwarmEvent[];
  const sockets = new Set<Socket>();
  let dialled = 0;

  // Each with an id of its own: an id that has misbehaved is not let in again.
  const dial = async (): Promise<Socket> => {
    dialled += 1;
    const socket = await greet(swarm, blob.torrent, `-XX0001-${String(dialled).padStart(12, "0")}`);
    sockets.add(socket);
    return socket;
  };
  const dropped = () =>
    events.flatMap((event) => (event.event === "peer dropped" ? event.reason : []));
  const assertServes = async () => {
    const socket = await dial();
    const said = listenTo(socket);
    socket.write(INTERESTED);
    await until(() => said(UNCHOKE) === 1);
    socket.write(ask(0, 0));
    await until(() => said(PIECE) === 1);
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "hostile-peer-"));
    await writeFile(join(directory, "blob"), blob.bytes);
    swarm = await createWebTorrentSwarm({
      listen: { host: "127.0.0.1", port: 0 },
      rates: { upload: 0, download: 0 },
      acceptLimits: { sockets: 50, perAddress: 4, handshakeMs: 200 },
      log: (event) => events.push(event),
    });
    events = [];
    await swarm.seed(blob.torrent, join(directory, "blob"), []);
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    events = [];
  });
  after(async () => {
    await swarm.close();
    await rm(directory, { recursive: true });
  });

  const abuses: Record<string, [bytes: Buffer, reason: string]> = {
    "announces a message of 2 GiB": [Buffer.from("7fffffff05", "hex"), "message too long"],
    "sends a bitfield of the wrong size": [Buffer.from([0, 0, 0, 3, 5, 0xff, 0]), "wrong bitfield"],
    "has a piece out of range": [Buffer.from([0, 0, 0, 5, 4, 0, 0, 0, 8]), "piece out of range"],
    "asks beyond a piece": [ask(0, 256 * 1024), "piece out of range"],
    "asks for 1 MiB": [ask(0, 0, 1024 * 1024), "piece out of range"],
    "sends what hangs the library's parser": [
      Buffer.concat([Buffer.from([0, 0, 0, 7, 20, 0]), Buffer.from("l-3:e")]),
      "bad extension message",
    ],
    "floods with empty messages": [Buffer.alloc(4 * 5_000), "flood"],
    "floods with 100,000 asks and reads nothing": [
      Buffer.concat(Array.from({ length: 100_000 }, () => ask(1, 0))),
      "flood",
    ],
    "floods with asks while it is choked": [
      Buffer.concat(Array.from({ length: 2_000 }, () => ask(2, 0))),
      "flood",
    ],
    "sends pieces that nobody asked for": [
      Buffer.concat(
        Array.from({ length: 100 }, () =>
          Buffer.concat([Buffer.from([0, 0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(1)]),
        ),
      ),
      "unasked pieces",
    ],
  };
  for (const [what, [bytes, reason]] of Object.entries(abuses)) {
    it(`is dropped within 5 s when it ${what}`, async () => {
      const socket = await dial();
      const reads = !what.includes("reads nothing");
      const closed = new Promise((resolve) => socket.once("close", resolve));
      if (reads) socket.resume();
      const began = performance.now();
      socket.write(INTERESTED);
      socket.write(bytes);
      await until(() => dropped().length > 0);
      if (reads) await closed;
      assert.ok(performance.now() - began < 5_000);
      assert.deepEqual([...new Set(dropped())], [reason]);
      await assertServes();
    });
  }

  it("is dropped when it does not finish its handshake", async () => {
    const { connect } = await import("node:net");
    const socket = connect(swarm.listening);
    sockets.add(socket);
    socket.write(Buffer.from([19]));
    await once(socket, "close");
    assert.deepEqual(events, [{ event: "peer refused", reason: "timeout" }]);
    await assertServes();
  });

  it("gets only so many blocks ahead of what it reads, and rejects for the rest", async () => {
    const socket = await dial();
    const said = listenTo(socket);
    socket.write(INTERESTED);
    await until(() => said(UNCHOKE) === 1);
    socket.pause();
    // All different: of two equal asks the library answers one.
    const asks = Array.from({ length: 1_000 }, (_, i) => {
      const block = Math.floor(i / 8) % 16;
      return ask(i % 8, block * 16_384, 16_384 - Math.floor(i / 128));
    });
    const before = process.memoryUsage.rss();
    socket.write(Buffer.concat(asks));
    await until(() => swarm.stats().uploadedBytes > 0);
    const grown = process.memoryUsage.rss() - before;
    assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes`);
    socket.resume();
    await until(() => said(PIECE) + said(REJECT) === 1_000);
    assert.ok(
      said(PIECE) >= 64 && said(REJECT) > 0,
      `${said(PIECE)} pieces, ${said(REJECT)} rejects`,
    );
    assert.deepEqual(dropped(), []);
  });

  it("cannot have metadata that makes the swarm ask for some", async () => {
    const socket = await dial();
    const said = listenTo(socket);
    const handshakeWithMetadata = Buffer.from("d1:md11:ut_metadatai3ee13:metadata_sizei100000ee");
    const length = Buffer.from([0, 0, 0, handshakeWithMetadata.length + 2, 20, 0]);
    socket.write(Buffer.concat([length, handshakeWithMetadata, INTERESTED]));
    await until(() => said(UNCHOKE) === 1);
    // One extended message, the handshake, and no request.
    assert.equal(said(20), 1);
  });

  it("gets the metadata when it asks for it (BEP 9)", async () => {
    const socket = await dial();
    const said = listenTo(socket);
    const extended = (id: number, payload: string) =>
      Buffer.concat([Buffer.from([0, 0, 0, payload.length + 2, 20, id]), Buffer.from(payload)]);
    socket.write(extended(0, "d1:md11:ut_metadatai3eee"));
    socket.write(extended(1, "d8:msg_typei0e5:piecei0ee"));
    await until(() => said(20) === 2);
  });
});
