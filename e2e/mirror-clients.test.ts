// Clients of the mirror that are slow, that go, and that say only half of what they should.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { createMirror, type Mirror, type MirrorSource } from "../src/agent/index.ts";
import { digestOf } from "../src/oci/index.ts";
import { until } from "./cluster/until.ts";

const CHUNK = Buffer.alloc(64 * 1024, 7);
const CHUNKS = 1_024;
const blob = digestOf(Buffer.from("large"));
const GET = `GET /v2/l/blobs/${blob} HTTP/1.1\r\nHost: x\r\n`;
/** What the mirror promises for slow headers and for a reader that stands still, three times. */
const [HEADERS_MS, STALLED_MS] = [30_000, 180_000];

const source: MirrorSource = {
  servesRegistry: () => true,
  hasRepository: async () => true,
  manifest: async () => undefined,
  blob: async () => ({
    size: CHUNK.length * CHUNKS,
    open: async () =>
      Readable.from(
        (function* () {
          for (let each = 0; each < CHUNKS; each += 1) yield CHUNK;
        })(),
        { objectMode: false },
      ),
  }),
};

describe("the mirror's clients", { timeout: 240_000 }, () => {
  let mirror: Mirror;
  /** Responses that ended early. */
  let cut = 0;
  before(async () => {
    mirror = await createMirror({
      listen: { host: "127.0.0.1", port: 0 },
      source,
      onAccess: ({ error }) => {
        if (error !== undefined) cut += 1;
      },
    });
  });
  after(() => mirror.close());

  async function dial(options: { readonly allowHalfOpen?: boolean } = {}): Promise<Socket> {
    const socket = connect({ ...options, port: mirror.port, host: mirror.host });
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  }
  const isServed = async () => {
    const response = await fetch(`${mirror.url}/v2/`);
    await response.arrayBuffer();
    return response.status === 200;
  };
  const closed = (socket: Socket, withinMs: number) =>
    once(socket, "close", { signal: AbortSignal.timeout(withinMs) });

  it("are hung up on when they do not end their headers, or do not read, and are in nobody's way", async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => dial()));
    const drips = slow.map((socket) => {
      socket.resume();
      socket.write("GET /v2/ HTTP/1.1\r\n");
      return setInterval(() => socket.write("X: y\r\n"), 1_000);
    });
    const stalled = await Promise.all(Array.from({ length: 200 }, () => dial()));
    for (const socket of stalled) socket.pause().write(`${GET}\r\n`);
    assert.ok(await isServed());
    try {
      await Promise.all(slow.map((socket) => closed(socket, HEADERS_MS)));
      assert.ok(await isServed());
    } finally {
      for (const drip of drips) clearInterval(drip);
    }
    await until("those who do not read are hung up on", STALLED_MS, async () =>
      cut === stalled.length ? true : undefined,
    );
    for (const socket of stalled) socket.destroy();
    assert.ok(await isServed());
  });

  it("are taken to have gone when they close their side, as node:http does", async () => {
    cut = 0;
    const socket = await dial({ allowHalfOpen: true });
    socket.end(`${GET}\r\n`);
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    assert.ok(bytes < CHUNK.length * CHUNKS);
    await until("the mirror has noticed", HEADERS_MS, async () => (cut === 1 ? true : undefined));
    assert.ok(await isServed());
  });

  it("may go in the middle a thousand times, and nothing of them stays open", async () => {
    const files = () => readdirSync("/proc/self/fd").length;
    await isServed();
    const before = files();
    cut = 0;
    for (let round = 0; round < 20; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => dial()));
      await Promise.all(
        sockets.map(async (socket) => {
          socket.write(`${GET}\r\n`);
          await once(socket, "data");
          socket.resetAndDestroy();
        }),
      );
    }
    await until("all are known to have gone, and their files are closed", HEADERS_MS, async () =>
      cut === 1_000 && files() <= before + 5 ? true : undefined,
    );
    assert.ok(await isServed());
  });
});
