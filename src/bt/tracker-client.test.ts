import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { BtError } from "./errors.ts";
import { createTrackerClient, type PeerAddress } from "./tracker-client.ts";

type Seen = { url: URL; from: string | undefined };
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function aTracker(t: TestContext, handle: Handler) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ url: new URL(request.url ?? "", "http://x"), from: request.socket.remoteAddress });
    handle(request, response);
    server.emit("seen");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/announce?key=1`, seen, next: () => once(server, "seen") };
}

const saying =
  (text: string | Buffer, status = 200): Handler =>
  (_request, response) => {
    response.writeHead(status).end(text);
  };

function aClient(t: TestContext, trackers: string[], left = 5, zone?: string) {
  const peers = Promise.withResolvers<readonly PeerAddress[]>();
  const failure = Promise.withResolvers<BtError>();
  const client = createTrackerClient({
    trackers,
    infoHash: "ab".repeat(20),
    peerId: "cd".repeat(20),
    port: 7001,
    localAddress: "127.0.0.9",
    ...(zone !== undefined && { zone }),
    counters: () => ({ uploaded: 1, downloaded: 2, left }),
    onPeers: peers.resolve,
    onFailure: failure.resolve,
    random: () => 0,
  });
  t.after(() => client.close());
  return { client, peers: peers.promise, failure: failure.promise };
}

const eventsOf = (seen: readonly Seen[]) => seen.map(({ url }) => url.searchParams.get("event"));

describe("tracker client", () => {
  it("announces with all that a tracker needs, from the address that was asked for", async (t) => {
    const tracker = await aTracker(t, saying("d8:intervali5e5:peers0:e"));
    await aClient(t, [tracker.url]).peers;
    const [first] = tracker.seen;
    assert.equal(first?.from, "127.0.0.9");
    assert.equal(
      first?.url.search,
      `?key=1&info_hash=${"%ab".repeat(20)}&peer_id=${"%cd".repeat(20)}&port=7001&uploaded=1&downloaded=2&left=5&compact=1&numwant=50&event=started`,
    );
  });

  it("says in which zone it is", async (t) => {
    const tracker = await aTracker(t, saying("d8:intervali5e5:peers0:e"));
    await aClient(t, [tracker.url], 5, "zone a&b").peers;
    assert.equal(tracker.seen[0]?.url.searchParams.get("zone"), "zone a&b");
  });

  const compact6 = Buffer.from("20010db8000000000000000000000001", "hex");
  const readable: Record<string, [answer: Buffer, peers: PeerAddress[]]> = {
    "compact peers": [
      Buffer.concat([
        Buffer.from("d8:intervali5e5:peers12:"),
        Buffer.from([10, 0, 0, 1, 26, 225, 10, 0, 0, 2, 0, 0]),
        Buffer.from("e"),
      ]),
      [{ host: "10.0.0.1", port: 6881 }],
    ],
    "compact IPv6 peers": [
      Buffer.concat([
        Buffer.from("d6:peers618:"),
        compact6,
        Buffer.from([26, 225]),
        Buffer.from("e"),
      ]),
      [{ host: "2001:db8:0:0:0:0:0:1", port: 6881 }],
    ],
    "peers as a list, without names": [
      Buffer.from(
        "d5:peersld2:ip8:10.0.0.14:porti6881eed2:ip4:evil4:porti1eed2:ip8:10.0.0.24:porti99999eei7eee",
      ),
      [{ host: "10.0.0.1", port: 6881 }],
    ],
    "no peers at all": [Buffer.from("de"), []],
  };
  for (const [what, [answer, peers]] of Object.entries(readable)) {
    it(`reads ${what}`, async (t) => {
      const tracker = await aTracker(t, saying(answer));
      assert.deepEqual(await aClient(t, [tracker.url]).peers, peers);
    });
  }

  const failing: Record<string, [handle: Handler, problem: RegExp]> = {
    refuses: [saying("d14:failure reason7:go awaye"), /: it said "go away"$/],
    "answers with an error status": [saying("oops", 500), /: it answered with status 500$/],
    redirects: [
      (_request, response) => response.writeHead(302, { location: "http://x/" }).end(),
      /status 302$/,
    ],
    "answers with HTML": [saying("<html>"), /: not bencoding at byte 0$/],
    "answers with what hangs other parsers": [saying("l-3:e"), /: not bencoding at byte 1$/],
    "answers with a list": [saying("le"), /: its answer is not a dictionary$/],
    "answers without end": [
      (_request, response) => {
        response.write(Buffer.alloc(300_000, "x"));
      },
      /: it answered with over 262144 bytes$/,
    ],
    "hangs up in the middle of its answer": [
      (_request, response) => {
        response
          .writeHead(200, { "content-length": 100 })
          .write("d8:int", () => response.destroy());
      },
      /: (ECONNRESET|aborted)$/,
    ],
    "hangs up at once": [(request) => request.socket.destroy(), /: ECONNRESET$/],
  };
  for (const [what, [handle, problem]] of Object.entries(failing)) {
    it(`reports a tracker that ${what}, and tries again`, async (t) => {
      const tracker = await aTracker(t, handle);
      const error = await aClient(t, [tracker.url]).failure;
      assert.equal(error.code, "TRACKER_FAILED");
      assert.match(error.message, /^could not announce to http:\/\/127\.0\.0\.1:\d+: /);
      assert.match(error.message, problem);
      await tracker.next();
      assert.deepEqual(eventsOf(tracker.seen), ["started", "started"]);
    });
  }

  for (const url of ["udp://10.0.0.1:80/announce", "no url", "ftp://10.0.0.1/"]) {
    it(`reports ${JSON.stringify(url)}, and uses the other tracker`, async (t) => {
      const tracker = await aTracker(t, saying("d8:intervali5ee"));
      const { peers, failure } = aClient(t, [url, tracker.url]);
      assert.deepEqual(await peers, []);
      assert.equal((await failure).code, "TRACKER_FAILED");
    });
  }

  it("says when the download is complete, at once and once", async (t) => {
    const tracker = await aTracker(t, saying("d8:intervali1ee"));
    const { client, peers } = aClient(t, [tracker.url]);
    await peers;
    const next = tracker.next();
    client.completed();
    await next;
    await tracker.next();
    assert.deepEqual(eventsOf(tracker.seen), ["started", "completed", null]);
  });

  it("says that it stops, to trackers that know it alone", async (t) => {
    const knows = await aTracker(t, saying("d8:intervali5ee"));
    const refuses = await aTracker(t, saying("d14:failure reason2:noe"));
    const { client, peers, failure } = aClient(t, [knows.url, refuses.url]);
    await Promise.all([peers, failure]);
    await client.close();
    assert.deepEqual(eventsOf(knows.seen), ["started", "stopped"]);
    assert.deepEqual(eventsOf(refuses.seen), ["started"]);
  });

  it("does not let the tracker's interval be less than a second", async (t) => {
    const tracker = await aTracker(t, saying("d8:intervali-5ee"));
    const began = performance.now();
    await aClient(t, [tracker.url]).peers;
    await tracker.next();
    assert.ok(performance.now() - began >= 900);
  });
});
