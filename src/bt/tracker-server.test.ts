import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { type BencodedDictionary, decode, latin1 } from "./bencode.ts";
import { createTracker, type Tracker, type TrackerOptions } from "./tracker-server.ts";

const known = "ab".repeat(20);
const unknown = "cd".repeat(20);
const encoded = (hex: string) => hex.replace(/../g, "%$&");
const good: Record<string, string> = {
  info_hash: encoded(known),
  peer_id: "-XX0001-abcdefghijkl",
  port: "7001",
  uploaded: "0",
  downloaded: "0",
  left: "100",
  compact: "1",
  event: "started",
};
const query = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

type Answer = { status: number; body: Buffer; fields: BencodedDictionary };
type RequestOptions = { method?: string; from?: string; headers?: Record<string, string> };

async function ask(
  tracker: Tracker,
  target: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL(tracker.url);
  const sent = request({
    host: hostname,
    port,
    path: target,
    method: options.method ?? "GET",
    headers: options.headers ?? {},
    ...(options.from === undefined ? {} : { localAddress: options.from }),
    agent: false,
  }).end();
  const [response]: IncomingMessage[] = await once(sent, "response");
  assert.ok(response !== undefined);
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode ?? 0, body, fields: readFields(body) };
}

function readFields(body: Buffer): BencodedDictionary {
  if (body[0] !== "d".charCodeAt(0)) return new Map();
  const limits = { bytes: 1e6, depth: 5, values: 1000, sorted: false };
  return decode(body, limits) as BencodedDictionary;
}

const announce = (
  tracker: Tracker,
  change: Record<string, string> = {},
  options?: RequestOptions,
) => ask(tracker, `/announce?${query({ ...good, ...change })}`, options);

const reasonOf = ({ fields }: Answer): string | undefined => {
  const reason = fields.get("failure reason");
  return reason instanceof Uint8Array ? latin1(reason) : undefined;
};
const peersOf = ({ fields }: Answer): string[] => {
  const peers = Buffer.from((fields.get("peers") as Uint8Array | undefined) ?? []);
  return Array.from({ length: peers.length / 6 }, (_, i) => {
    const at = i * 6;
    return `${peers.subarray(at, at + 4).join(".")}:${peers.readUInt16BE(at + 4)}`;
  });
};

const start = (options: Partial<TrackerOptions> = {}) =>
  createTracker({
    listen: { host: "127.0.0.1", port: 0 },
    admits: (infoHash) => infoHash === known,
    ...options,
  });

describe("tracker", () => {
  let tracker: Tracker;
  before(async () => {
    tracker = await start();
  });
  after(() => tracker.close());

  const refused: Record<string, [change: Record<string, string>, reason: string]> = {
    "without an info hash": [{ info_hash: "" }, "invalid info_hash"],
    "with a short info hash": [{ info_hash: encoded(known.slice(2)) }, "invalid info_hash"],
    "with a long info hash": [{ info_hash: encoded(`${known}ab`) }, "invalid info_hash"],
    "with two info hashes": [
      { info_hash: `${encoded(known)}&info_hash=${encoded(known)}` },
      "invalid info_hash",
    ],
    "for an unknown torrent": [
      { info_hash: encoded(unknown) },
      "this tracker does not serve this torrent",
    ],
    "without a peer id": [{ peer_id: "" }, "invalid peer_id"],
    "with a long peer id": [{ peer_id: "x".repeat(21) }, "invalid peer_id"],
    "with port 0": [{ port: "0" }, "invalid port"],
    "with port 65536": [{ port: "65536" }, "invalid port"],
    "with a negative port": [{ port: "-1" }, "invalid port"],
    "with half a port": [{ port: "7000.5" }, "invalid port"],
    "with a port that is no number": [{ port: "ssh" }, "invalid port"],
    "with a negative number of bytes left": [{ left: "-1" }, "invalid left"],
    "with an event nobody knows": [{ event: "exploded" }, "invalid event"],
    "with an event called __proto__": [{ event: "__proto__" }, "invalid event"],
    "with two events": [{ event: "started&event=stopped" }, "invalid event"],
  };
  for (const [what, [change, reason]] of Object.entries(refused)) {
    it(`refuses an announce ${what}`, async () => {
      const peers = tracker.stats().peers;
      assert.equal(reasonOf(await announce(tracker, change)), reason);
      assert.equal(tracker.stats().peers, peers);
      assert.equal(reasonOf(await announce(tracker)), undefined, "the control is accepted");
      await announce(tracker, { event: "stopped" });
    });
  }

  const accepted: Record<string, Record<string, string>> = {
    "with any port that exists": { port: "22" },
    "whose bytes left are no number, as those of a leecher": { left: "NaN" },
    "that wants -1 peers": { numwant: "-1" },
    "that wants a billion peers": { numwant: "1000000000" },
    "without an event": { event: "" },
  };
  for (const [what, change] of Object.entries(accepted)) {
    it(`accepts an announce ${what}`, async () => {
      const answer = await announce(tracker, change);
      assert.equal(reasonOf(answer), undefined);
      assert.equal(answer.fields.get("incomplete"), 1);
      await announce(tracker, { ...change, event: "stopped" });
    });
  }

  it("introduces peers by the address they come from, whatever they say", async () => {
    await announce(
      tracker,
      { ip: "8.8.8.8" },
      { from: "127.0.0.7", headers: { "x-forwarded-for": "9.9.9.9" } },
    );
    const other = await announce(tracker, { port: "7002", left: "0" }, { from: "127.0.0.8" });
    assert.deepEqual(peersOf(other), ["127.0.0.7:7001"]);
    await announce(tracker, { event: "stopped" }, { from: "127.0.0.7" });
    await announce(tracker, { port: "7002", event: "stopped" }, { from: "127.0.0.8" });
    assert.equal(tracker.stats().peers, 0);
  });

  it("asks leechers back within seconds and seeders less often", async () => {
    assert.equal((await announce(tracker)).fields.get("interval"), 5);
    assert.equal(
      (await announce(tracker, { left: "0", event: "completed" })).fields.get("interval"),
      30,
    );
    await announce(tracker, { event: "stopped" });
  });

  it("names peers in BEP 3's long form when asked to", async () => {
    await announce(tracker, { port: "7003" });
    const answer = await announce(tracker, { compact: "0" });
    const [peer] = answer.fields.get("peers") as readonly BencodedDictionary[];
    assert.equal(peer?.get("port"), 7003);
    for (const port of ["7001", "7003"]) await announce(tracker, { port, event: "stopped" });
  });

  it("answers a scrape that names its torrents", async () => {
    await announce(tracker);
    const hashes = [unknown, known].map((hash) => `info_hash=${encoded(hash)}`).join("&");
    const { body } = await ask(tracker, `/scrape?${hashes}`);
    const counts = (leechers: number) =>
      `d8:completei0e10:downloadedi0e10:incompletei${leechers}ee`;
    const file = (hash: string) => `20:${Buffer.from(hash, "hex").toString("latin1")}`;
    assert.equal(
      body.toString("latin1"),
      `d5:filesd${file(known)}${counts(1)}${file(unknown)}${counts(0)}ee`,
    );
    await announce(tracker, { event: "stopped" });
  });

  it("refuses a bare scrape, and one of a hundred torrents", async () => {
    assert.equal(reasonOf(await ask(tracker, "/scrape")), "a scrape names its info hashes");
    const hashes = Array.from({ length: 100 }, (_, i) => (100 + i).toString(16).padStart(40, "0"));
    const hundred = hashes.map((hash) => `info_hash=${encoded(hash)}`).join("&");
    assert.equal(
      reasonOf(await ask(tracker, `/scrape?${hundred}`)),
      "a scrape names at most 64 info hashes",
    );
    assert.equal(reasonOf(await ask(tracker, "/scrape?info_hash=short")), "invalid info_hash");
  });

  const otherTargets: Record<string, [method: string, target: string, status: number]> = {
    "its statistics": ["GET", "/stats", 404],
    "its statistics as JSON": ["GET", "/stats.json", 404],
    "the root": ["GET", "/", 404],
    "a path above": ["GET", "/../announce", 404],
    "an absolute URL": ["GET", `http://evil/announce?${query(good)}`, 404],
    "an announce by POST": ["POST", `/announce?${query(good)}`, 405],
  };
  for (const [what, [method, target, status]] of Object.entries(otherTargets)) {
    it(`answers ${status} to a request for ${what}`, async () => {
      assert.equal((await ask(tracker, target, { method })).status, status);
    });
  }

  it("refuses headers of more than 16 KiB", async () => {
    assert.equal((await ask(tracker, `/announce?x=${"y".repeat(20_000)}`)).status, 431);
  });

  it("does not upgrade to websockets", async () => {
    const { port } = new URL(tracker.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    const answer = Buffer.concat(await socket.toArray()).toString();
    assert.doesNotMatch(answer, /^HTTP\/1.1 101/);
  });

  it("listens on no UDP port", async () => {
    const { port } = new URL(tracker.url);
    // Binding the same port succeeds only when nobody else has it.
    const socket = createSocket({ type: "udp4", reuseAddr: false }).bind(Number(port), "127.0.0.1");
    await once(socket, "listening");
    socket.close();
  });

  it("survives what is not HTTP", async () => {
    const { port } = new URL(tracker.url);
    for (const text of ["\u0016\u0003\u0001", "GET\r\n\r\n", "\u0000".repeat(1000)]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      socket.end(text);
      socket.resume();
      await once(socket, "close");
    }
    assert.equal((await announce(tracker, { event: "stopped" })).status, 200);
  });
});

describe("tracker limits", () => {
  it("has a bounded number of swarms and peers", async (t) => {
    const tracker = await start({ admits: () => true, limits: { swarms: 2, peers: 2 } });
    t.after(() => tracker.close());
    const torrent = (byte: string) => ({ info_hash: encoded(byte.repeat(20)) });
    for (const byte of ["01", "02"]) await announce(tracker, torrent(byte));
    assert.equal(reasonOf(await announce(tracker, torrent("03"))), "this tracker is full");
    await announce(tracker, { ...torrent("01"), port: "7002" });
    const third = await announce(tracker, { ...torrent("01"), port: "7003" });
    assert.equal(reasonOf(third), "this torrent has all the peers it can have");
    const again = await announce(tracker, { ...torrent("01"), port: "7002", event: "" });
    assert.equal(reasonOf(again), undefined);
    assert.equal(tracker.stats().peers, 3);
    assert.equal(tracker.stats().swarms, 2);
    assert.ok(tracker.stats().refused >= 2);
  });

  it("names the peers of a peer's own zone, and a few of others", async (t) => {
    const tracker = await start({ admits: () => true });
    t.after(() => tracker.close());
    for (let i = 0; i < 60; i += 1) {
      await announce(tracker, { port: `${8_000 + i}`, zone: i < 30 ? "a" : "b" });
    }
    const ownZone = async (zone: string) => {
      const peers = peersOf(await announce(tracker, { zone, numwant: "20" }));
      assert.equal(peers.length, 20);
      return peers.filter((peer) => Number(peer.split(":")[1]) < 8_030).length;
    };
    assert.equal(await ownZone("a"), 16);
    assert.equal(await ownZone("b"), 4);
    // A word that is no zone's counts as none.
    assert.equal(reasonOf(await announce(tracker, { zone: "z".repeat(64) })), undefined);
  });

  it("asks whether a peer is admitted, with its address as it is", async (t) => {
    const asked: unknown[] = [];
    const tracker = await start({
      admits: (infoHash, peer) => {
        asked.push({ infoHash, ...peer });
        return peer.port === 7001;
      },
    });
    t.after(() => tracker.close());
    await announce(tracker, { ip: "1.2.3.4" });
    const peerId = Buffer.from("-XX0001-abcdefghijkl").toString("hex");
    assert.deepEqual(asked, [{ infoHash: known, peerId, ip: "127.0.0.1", port: 7001, zone: "" }]);
    const other = await announce(tracker, { port: "7002" });
    assert.equal(reasonOf(other), "this tracker does not serve this torrent");
  });

  it("never counts announces from loopback", async (t) => {
    const tracker = await start({ limits: { announcesPerSecond: 1, announceBurst: 1 } });
    t.after(() => tracker.close());
    for (let i = 0; i < 20; i += 1) assert.equal(reasonOf(await announce(tracker)), undefined);
  });

  it("says when its port is taken, and frees it when it closes", async (t) => {
    const tracker = await start();
    const listen = { host: "127.0.0.1", port: Number(new URL(tracker.url).port) };
    await assert.rejects(start({ listen }), {
      code: "LISTEN_FAILED",
      message: `cannot listen as a tracker on 127.0.0.1 port ${listen.port}: EADDRINUSE`,
    });
    await tracker.close();
    const second = await start({ listen });
    t.after(() => second.close());
    assert.equal(second.url, tracker.url);
  });
});
