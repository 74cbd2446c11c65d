// A seeder knocks at agents that its tracker tells it of, so that they dial it. A knock is no link.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { until } from "../swarm-contract.ts";
import { aBlob } from "../test-blob.ts";
import { encodeExtended } from "./encode.ts";
import type { LeanSwarm } from "./engine.ts";
import { encodeGreeting, encodeHello, linkHash } from "./handshake.ts";
import { aLeanSwarm } from "./test-swarm.ts";

const blob = aBlob(256 * 1024);
const helloFrom = (port: number, isKnock: boolean) =>
  Buffer.concat([
    encodeGreeting(linkHash("test"), "ab".repeat(20)),
    encodeExtended(0, encodeHello({ node: `agent ${port}`, zone: "", port, isKnock })),
  ]);

describe("a knock", { timeout: 20_000 }, () => {
  let directory: string;
  let swarm: LeanSwarm;
  /** Where the agent that knocks listens. */
  let server: Server;
  let port: number;
  const callers: Socket[] = [];
  const sockets = new Set<Socket>();
  const stop = new AbortController();

  const say = async (isKnock: boolean): Promise<Socket> => {
    const socket = connect(swarm.listening);
    sockets.add(socket);
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "connect");
    socket.write(helloFrom(port, isKnock));
    return socket;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "knock-"));
    server = createServer((socket) => {
      sockets.add(socket);
      callers.push(socket.on("error", () => {}));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as { port: number });
    swarm = await aLeanSwarm({});
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    callers.length = 0;
  });
  after(async () => {
    stop.abort();
    await swarm.close();
    server.close();
    await rm(directory, { recursive: true });
  });

  it("is followed by a hang-up, and leaves the link of the same agent alone, which a new link replaces", async () => {
    await writeFile(join(directory, "whole"), blob.bytes);
    await swarm.seed(blob.torrent, join(directory, "whole"), []);
    const link = await say(false);
    await until(() => swarm.coreStats().links.accepted === 1);
    const knock = await say(true);
    await once(knock, "close");
    assert.equal(link.closed, false);
    assert.equal(swarm.coreStats().links.accepted, 1);
    await say(false);
    await once(link, "close");
  });

  it("brings a dial back from who lacks something, and none from who does not", async () => {
    await once(await say(true), "close");
    assert.equal(callers.length, 0);
    const lacking = aBlob(512 * 1024).torrent;
    const part = join(directory, "part");
    swarm.downloadNamed(lacking, part, { trackers: [] }, stop.signal).catch(() => {});
    await until(() => swarm.explain(lacking) !== undefined);
    await once(await say(true), "close");
    await until(() => callers.length > 0);
  });
});
