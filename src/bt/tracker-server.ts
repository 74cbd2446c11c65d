import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnnounceParams, AnnounceReply, Server, SwarmOfServer } from "bittorrent-tracker";
import { encode } from "./bencode.ts";
import { BtError } from "./errors.ts";
import { addressOf, isLoopback, plainAddress } from "./peer-address.ts";
import { createRateGate } from "./rate-gate.ts";
import { encodeScrape, scrapedHashes } from "./tracker-scrape.ts";
import { type SwarmLimits, type TrackedPeer, TrackerSwarm } from "./tracker-swarm.ts";

export type TrackerLimits = SwarmLimits & {
  readonly swarms: number;
  /** From one address; never counted on loopback. A node announces all layers of an image at once, hence the burst. */
  readonly announcesPerSecond: number;
  readonly announceBurst: number;
  readonly leecherIntervalSeconds: number;
  readonly seederIntervalSeconds: number;
  /** Info hashes in one scrape. */
  readonly scrapedHashes: number;
};

export const TRACKER_LIMITS: TrackerLimits = {
  peers: 10_000,
  zones: 64,
  handedOut: 50,
  expiryMs: 180_000,
  swarms: 10_000,
  announcesPerSecond: 4,
  announceBurst: 128,
  leecherIntervalSeconds: 5,
  seederIntervalSeconds: 30,
  scrapedHashes: 64,
};

export type TrackerOptions = {
  /** Port 0 takes any. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Whether this tracker serves the info hash (40 hex digits), and this peer of it. */
  admits(infoHash: string, peer: TrackedPeer): boolean;
  readonly limits?: Partial<TrackerLimits>;
};

export type TrackerStats = {
  readonly swarms: number;
  readonly peers: number;
  readonly announces: number;
  readonly refused: number;
};

export type Tracker = {
  /** The announce URL, with the real port. */
  readonly url: string;
  stats(): TrackerStats;
  close(): Promise<void>;
};

const MAX_ZONE_LENGTH = 63;
const MAX_KNOWN_ADDRESSES = 20_000;
const SWEEP_MS = 30_000;
const PATHS = new Set(["/announce", "/scrape"]);

/**
 * A BitTorrent tracker over HTTP (BEP 3, 23, 48). A peer's address is where its announce came from, whatever it says.
 * @throws BtError LISTEN_FAILED
 */
export async function createTracker(options: TrackerOptions): Promise<Tracker> {
  const limits: TrackerLimits = { ...TRACKER_LIMITS, ...options.limits };
  const counts = { announces: 0, refused: 0 };
  const swarms = new Map<string, TrackerSwarm>();
  // Loaded by those who run a tracker alone.
  const { Server } = await import("bittorrent-tracker");
  const server = new Server({
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 },
    udp: false,
    ws: false,
    stats: false,
    trustProxy: false,
    filter: (infoHash, params, done) => {
      counts.announces += 1;
      const problem = whyNot(infoHash, params, options, limits, swarms);
      done(problem === undefined ? null : new Error(problem));
    },
  });
  server.createSwarm = (infoHash, done) => {
    const swarm = new TrackerSwarm(limits, Math.random);
    swarms.set(infoHash, swarm);
    done(null, answering(swarm, limits));
  };
  server.getSwarm = (infoHash, done) => {
    const swarm = swarms.get(infoHash);
    done(null, swarm && answering(swarm, limits));
  };
  // Its warnings are what it also answers to the peer.
  server.on("warning", () => {
    counts.refused += 1;
  });
  const gate = createRateGate(limits.announcesPerSecond, limits.announceBurst, MAX_KNOWN_ADDRESSES);
  // Runs before the library's own handler, which leaves alone what has been answered.
  server.http.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const refusal = whyRefused(request, gate.passes.bind(gate), limits);
    if (refusal !== undefined) {
      counts.refused += 1;
      response.writeHead(refusal.status, { connection: "close" }).end(refusal.body);
    } else if (pathAndQuery(request).path === "/scrape") {
      const hashes = scrapedHashes(pathAndQuery(request).query) ?? [];
      response.writeHead(200).end(encodeScrape(hashes, swarms));
    }
  });
  await listen(server, options.listen);
  const sweeper = setInterval(() => sweep(swarms), SWEEP_MS);
  sweeper.unref();
  const { port } = server.http.address();
  return {
    url: `http://${addressOf(options.listen.host, port)}/announce`,
    stats: () => {
      let peers = 0;
      for (const swarm of swarms.values()) peers += swarm.complete + swarm.incomplete;
      return { swarms: swarms.size, peers, ...counts };
    },
    close: async () => {
      clearInterval(sweeper);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.http.closeAllConnections();
      });
    },
  };
}

type Refused = { readonly status: number; readonly body: string | Buffer };

const failure = (reason: string): Refused => ({
  status: 200,
  body: encode({ "failure reason": reason }),
});

function whyRefused(
  request: IncomingMessage,
  passes: (address: string, now: number) => boolean,
  limits: TrackerLimits,
): Refused | undefined {
  const { path, query } = pathAndQuery(request);
  if (!PATHS.has(path)) return { status: 404, body: "not found\n" };
  if (request.method !== "GET") return { status: 405, body: "only GET\n" };
  const address = plainAddress(request.socket.remoteAddress ?? "");
  if (!isLoopback(address) && !passes(address, performance.now())) {
    return failure(`more than ${limits.announcesPerSecond} announces a second from ${address}`);
  }
  if (path === "/announce") return undefined;
  const hashes = scrapedHashes(query);
  if (hashes === undefined) return failure("invalid info_hash");
  if (hashes.length === 0) return failure("a scrape names its info hashes");
  if (hashes.length > limits.scrapedHashes) {
    return failure(`a scrape names at most ${limits.scrapedHashes} info hashes`);
  }
  return undefined;
}

function pathAndQuery(request: IncomingMessage): { path: string; query: string } {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  return { path, query };
}

const peerOf = ({ peer_id, ip, port, zone }: AnnounceParams): TrackedPeer => ({
  peerId: peer_id,
  ip,
  port,
  zone: typeof zone === "string" && zone.length <= MAX_ZONE_LENGTH ? zone : "",
});

function whyNot(
  infoHash: string,
  params: AnnounceParams,
  options: TrackerOptions,
  limits: TrackerLimits,
  swarms: ReadonlyMap<string, TrackerSwarm>,
): string | undefined {
  if (!Number.isInteger(params.port)) return "invalid port";
  if (params.left < 0) return "invalid left";
  if (!options.admits(infoHash, peerOf(params))) return "this tracker does not serve this torrent";
  if (!swarms.has(infoHash) && swarms.size >= limits.swarms) return "this tracker is full";
  return undefined;
}

/** What the library wants of a swarm. */
function answering(swarm: TrackerSwarm, limits: TrackerLimits): SwarmOfServer {
  return {
    announce: (params, done) => {
      const peer = peerOf(params);
      const complete = params.left === 0;
      if (params.event === "stopped") {
        swarm.gone(peer);
        return done(null, reply(swarm, [], limits.seederIntervalSeconds));
      }
      if (!["started", "completed", "update", "paused"].includes(params.event)) {
        return done(new Error("invalid event"));
      }
      if (!swarm.seen(peer, complete, performance.now())) {
        return done(new Error("this torrent has all the peers it can have"));
      }
      const interval = complete ? limits.seederIntervalSeconds : limits.leecherIntervalSeconds;
      return done(null, reply(swarm, swarm.sample(peer, complete, params.numwant), interval));
    },
    scrape: (_params, done) => {
      done(null, { complete: swarm.complete, incomplete: swarm.incomplete });
    },
  };
}

const reply = (
  swarm: TrackerSwarm,
  peers: readonly TrackedPeer[],
  interval: number,
): AnnounceReply => ({
  complete: swarm.complete,
  incomplete: swarm.incomplete,
  interval,
  peers,
});

function sweep(swarms: Map<string, TrackerSwarm>): void {
  for (const [infoHash, swarm] of swarms) {
    swarm.expire(performance.now());
    if (swarm.complete + swarm.incomplete === 0) swarms.delete(infoHash);
  }
}

async function listen(server: Server, { host, port }: TrackerOptions["listen"]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error) => {
      const why = "code" in cause ? cause.code : cause.message;
      const problem = `cannot listen as a tracker on ${host} port ${port}: ${why}`;
      reject(new BtError("LISTEN_FAILED", problem, { cause }));
    });
    server.once("listening", resolve);
    server.listen(port, host);
  });
  server.removeAllListeners("error");
  server.on("error", () => {});
}
