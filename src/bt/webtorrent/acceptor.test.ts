import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { handshake } from "../swarm-contract.ts";
import { type Acceptor, type AcceptorOptions, createAcceptor, type Refusal } from "./acceptor.ts";

const known = "ab".repeat(20);
const hello = handshake(known, "-XX0001-abcdefghijkl");

async function anAcceptor(t: TestContext, change: Partial<AcceptorOptions["limits"]> = {}) {
  const refusals: Refusal[] = [];
  const heads: Buffer[] = [];
  const acceptor = await createAcceptor({
    listen: { host: "127.0.0.1", port: 0 },
    limits: { sockets: 10, perAddress: 2, handshakeMs: 10_000, ...change },
    onPeer: (socket, head, infoHash) => {
      if (infoHash !== known) return "unknown torrent";
      heads.push(head);
      socket.write("welcome");
      return undefined;
    },
    onRefused: (reason) => refusals.push(reason),
  });
  t.after(() => acceptor.close());
  return { acceptor, refusals, heads };
}

async function dial(t: TestContext, { listening }: Acceptor): Promise<Socket> {
  const socket = connect(listening);
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

const welcomed = async (socket: Socket): Promise<string> => String((await once(socket, "data"))[0]);

describe("acceptor", () => {
  it("hands on a socket that has said which torrent it wants, with all it has sent", async (t) => {
    const { acceptor, heads } = await anAcceptor(t);
    const socket = await dial(t, acceptor);
    socket.setNoDelay(true);
    socket.write(Buffer.concat([hello, Buffer.from("more")]));
    assert.equal(await welcomed(socket), "welcome");
    assert.equal(heads[0]?.toString("latin1"), `${hello.toString("latin1")}more`);
  });

  it("waits for a handshake that comes in pieces", async (t) => {
    const { acceptor } = await anAcceptor(t);
    const socket = await dial(t, acceptor);
    socket.setNoDelay(true);
    for (const byte of hello) socket.write(Buffer.from([byte]));
    assert.equal(await welcomed(socket), "welcome");
  });

  const strangers: Record<string, [bytes: Buffer, reason: Refusal]> = {
    "speaks HTTP": [Buffer.from("GET / HTTP/1.1\r\n\r\n"), "handshake"],
    "greets with TLS": [Buffer.from("160301020001", "hex"), "handshake"],
    "speaks a protocol of the same length": [
      Buffer.from(hello.toString("latin1").replace("BitTorrent", "BitTorment"), "latin1"),
      "handshake",
    ],
    "wants another torrent": [
      handshake("cd".repeat(20), "-XX0001-abcdefghijkl"),
      "unknown torrent",
    ],
  };
  for (const [what, [bytes, reason]] of Object.entries(strangers)) {
    it(`hangs up on one who ${what}`, async (t) => {
      const { acceptor, refusals } = await anAcceptor(t);
      const socket = await dial(t, acceptor);
      socket.write(bytes);
      socket.resume();
      await once(socket, "close");
      assert.deepEqual(refusals, [reason]);
    });
  }

  it("hangs up on one who does not say in time", async (t) => {
    const { acceptor, refusals } = await anAcceptor(t, { handshakeMs: 50 });
    const socket = await dial(t, acceptor);
    socket.write(hello.subarray(0, 67));
    await once(socket, "close");
    assert.deepEqual(refusals, ["timeout"]);
  });

  it("has a bounded number of sockets", async (t) => {
    const { acceptor, refusals } = await anAcceptor(t, { sockets: 3 });
    const welcome = async () => {
      const socket = await dial(t, acceptor);
      socket.write(hello);
      await welcomed(socket);
      return socket;
    };
    const first = await welcome();
    await welcome();
    await welcome();
    const fourth = await dial(t, acceptor);
    await once(fourth, "close");
    assert.deepEqual(refusals, ["too many"]);
    first.destroy();
    // The place is free once the acceptor has seen the first one go.
    for (let welcomedAgain = false; !welcomedAgain; ) {
      const socket = await dial(t, acceptor);
      socket.write(hello);
      const heard = once(socket, "data").then(() => true);
      welcomedAgain = await Promise.race([heard, once(socket, "close").then(() => false)]);
    }
  });

  it("counts no addresses on loopback", async (t) => {
    const { acceptor, refusals } = await anAcceptor(t, { perAddress: 1 });
    for (let i = 0; i < 5; i += 1) {
      const socket = await dial(t, acceptor);
      socket.write(hello);
      await welcomed(socket);
    }
    assert.deepEqual(refusals, []);
  });

  it("closes its sockets with it", async (t) => {
    const { acceptor } = await anAcceptor(t);
    const socket = await dial(t, acceptor);
    const closed = once(socket, "close");
    await acceptor.close();
    await closed;
  });
});
