import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { handshake, until } from "../swarm-contract.ts";
import { Link } from "./link.ts";
import { Neighbours } from "./neighbours.ts";
import { createPacer } from "./pacer.ts";

const torrent = { infoHash: "ab".repeat(20), size: 100, pieceLength: 100 };
const own = "55".repeat(20);
const smaller = Buffer.from("11".repeat(20), "hex");
const larger = Buffer.from("99".repeat(20), "hex");

/** Someone who listens, and says its handshake to whoever dials. */
async function aPeer(t: TestContext, peerId: Buffer) {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.resume();
    sockets.push(socket);
    const said = handshake(torrent.infoHash, "");
    socket.write(Buffer.concat([said, peerId]));
    server.emit("met");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { port, sockets, met: () => once(server, "met") };
}

function someNeighbours(t: TestContext, change: { links?: number; candidates?: number } = {}) {
  const pacers = { upload: createPacer(0), download: createPacer(0) };
  const links: Link[] = [];
  let now = 0;
  const linkOf = (socket: Socket, head?: Buffer): Link => {
    const link = new Link({
      socket,
      torrent,
      pacers,
      ...(head === undefined ? {} : { head }),
      onHandshake: (greeted, peerId) => {
        if (!neighbours.identified(greeted, peerId)) greeted.destroy();
      },
    });
    link.resume();
    links.push(link);
    return link;
  };
  const neighbours: Neighbours = new Neighbours({
    limits: { links: 10, candidates: 10, connectMs: 1_000, ...change },
    localAddress: "127.0.0.3",
    ownPeerId: own,
    onDialled: (socket) => linkOf(socket),
    random: () => 0,
    now: () => now,
  });
  t.after(() => neighbours.close());
  const advance = (ms: number) => {
    now += ms;
  };
  return { neighbours, links, linkOf, advance };
}

const openLinks = (links: readonly Link[]) => links.filter((link) => !link.destroyed).length;

describe("neighbours", () => {
  it("dial who is found, once, from our address", async (t) => {
    const peer = await aPeer(t, smaller);
    const { neighbours, links } = someNeighbours(t);
    neighbours.found("127.0.0.1", peer.port);
    neighbours.found("127.0.0.1", peer.port);
    await until(() => links[0]?.peerId === smaller.toString("hex"));
    assert.equal(peer.sockets.length, 1);
    assert.equal(peer.sockets[0]?.remoteAddress, "127.0.0.3");
    assert.deepEqual([...neighbours.links], links);
  });

  it("dial again after a link was lost, when the wait is over", async (t) => {
    const peer = await aPeer(t, smaller);
    const others = [await aPeer(t, larger), await aPeer(t, larger)];
    const { neighbours, links, advance } = someNeighbours(t);
    neighbours.found("127.0.0.1", peer.port);
    await until(() => links[0]?.peerId !== undefined);
    peer.sockets[0]?.destroy();
    await until(() => openLinks(links) === 0);
    neighbours.found("127.0.0.1", others[0]?.port ?? 0);
    await others[0]?.met();
    assert.equal(peer.sockets.length, 1);
    advance(1_000);
    const again = peer.met();
    neighbours.found("127.0.0.1", others[1]?.port ?? 0);
    await again;
    assert.equal(peer.sockets.length, 2);
  });

  it("keep to a number of links, and fill a place that comes free", async (t) => {
    const peers = await Promise.all(
      ["11", "22", "33"].map((id) => aPeer(t, Buffer.from(id.repeat(20), "hex"))),
    );
    const { neighbours, links } = someNeighbours(t, { links: 2 });
    for (const { port } of peers) neighbours.found("127.0.0.1", port);
    await until(() => links.filter((link) => link.peerId !== undefined).length === 2);
    assert.equal(neighbours.full, true);
    assert.equal(peers[2]?.sockets.length, 0);
    links[0]?.destroy();
    await until(() => peers[2]?.sockets.length === 1);
  });

  it("do not stay linked to themselves", async (t) => {
    const peer = await aPeer(t, Buffer.from(own, "hex"));
    const { neighbours, links } = someNeighbours(t);
    neighbours.found("127.0.0.1", peer.port);
    await until(() => links.length === 1 && openLinks(links) === 0);
  });

  it("close the second link that they dialled to a peer of smaller id", async (t) => {
    const [one, two] = [await aPeer(t, smaller), await aPeer(t, smaller)];
    const { neighbours, links } = someNeighbours(t);
    neighbours.found("127.0.0.1", one.port);
    await until(() => links[0]?.peerId !== undefined);
    neighbours.found("127.0.0.1", two.port);
    await until(() => links.length === 2 && openLinks(links) === 1);
    assert.equal(links[0]?.destroyed, false);
  });

  it("leave it to a peer of larger id to close one of two", async (t) => {
    const [one, two] = [await aPeer(t, larger), await aPeer(t, larger)];
    const { neighbours, links } = someNeighbours(t);
    neighbours.found("127.0.0.1", one.port);
    neighbours.found("127.0.0.1", two.port);
    await until(() => links.filter((link) => link.peerId !== undefined).length === 2);
    assert.equal(openLinks(links), 2);
  });

  it("do not dial a peer that has said where it listens", async (t) => {
    const peer = await aPeer(t, larger);
    const dialler = await aPeer(t, larger);
    const { neighbours, links, linkOf } = someNeighbours(t);
    // Stands for a link that the peer opened.
    const { connect } = await import("node:net");
    const socket = connect({ host: "127.0.0.1", port: dialler.port });
    await once(socket, "connect");
    const link = linkOf(socket);
    neighbours.accepted(link);
    await until(() => link.peerId !== undefined);
    link.heard(peer.port);
    link.heard(peer.port + 1);
    neighbours.found("127.0.0.1", peer.port);
    neighbours.found("127.0.0.1", dialler.port);
    await dialler.met();
    assert.equal(peer.sockets.length, 0);
    assert.ok(links.length >= 1);
  });

  it("stay away from a banned peer until the ban ends", async (t) => {
    const peer = await aPeer(t, smaller);
    const other = await aPeer(t, smaller);
    const { neighbours, links, advance } = someNeighbours(t);
    neighbours.found("127.0.0.1", peer.port);
    await until(() => links[0]?.peerId !== undefined);
    const [banned] = links;
    assert.ok(banned !== undefined);
    neighbours.ban(banned, 60_000);
    neighbours.ban(banned, 1_000);
    banned.destroy();
    advance(59_000);
    neighbours.found("127.0.0.1", other.port);
    await until(() => links.length === 2 && openLinks(links) === 0);
    advance(2_000);
    neighbours.found("127.0.0.2", 1);
    await until(() => openLinks(links) > 0);
  });

  it("remember a bounded number of addresses", async (t) => {
    const { neighbours } = someNeighbours(t, { candidates: 2, links: 0 });
    const peer = await aPeer(t, smaller);
    for (let port = 1; port < 10; port += 1) neighbours.found("127.0.0.2", port);
    neighbours.found("127.0.0.1", peer.port);
    assert.equal(peer.sockets.length, 0);
  });
});
