import { get as getOverHttp, type IncomingMessage } from "node:http";
import { get as getOverHttps } from "node:https";
import { type Bencoded, type BencodedDictionary, decode, latin1 } from "./bencode.ts";
import { BtError } from "./errors.ts";

export type PeerAddress = { readonly host: string; readonly port: number };

export type AnnounceCounters = {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
};

export type TrackerClientOptions = {
  /** http or https announce URLs. Each is announced to on its own, so that a dead one delays no other. */
  readonly trackers: readonly string[];
  readonly infoHash: string;
  readonly peerId: string;
  /** Where we listen for peers. */
  readonly port: number;
  readonly localAddress: string | undefined;
  /** Our trackers name peers of the same zone first. */
  readonly zone?: string;
  counters(): AnnounceCounters;
  onPeers(peers: readonly PeerAddress[]): void;
  onFailure(error: BtError): void;
  readonly random?: () => number;
};

export type TrackerClient = {
  /** Tells every tracker that the download is complete. */
  completed(): void;
  /** Tells every tracker that reached us that we stop, for at most a second. */
  close(): Promise<void>;
};

type AnnounceEvent = "started" | "completed" | "stopped" | "";
type Announced = { readonly intervalMs: number; readonly peers: readonly PeerAddress[] };

const ANNOUNCE_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 1_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const ANSWER_LIMITS = { bytes: MAX_ANSWER_BYTES, depth: 5, values: 5_000, sorted: false };
const MAX_PEERS = 200;
const WANTED_PEERS = 50;
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 3_600_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Announces one torrent to its trackers (BEP 3, 23, 7) from now until it is closed. */
export function createTrackerClient(options: TrackerClientOptions): TrackerClient {
  const loops = [...new Set(options.trackers)].map((url) => startAnnouncing(url, options));
  return {
    completed: () => {
      for (const loop of loops) loop.completed();
    },
    close: async () => {
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}

function startAnnouncing(url: string, options: TrackerClientOptions): TrackerClient {
  const closing = new AbortController();
  const random = options.random ?? Math.random;
  let wake = () => {};
  let known = false;
  let completed = false;
  let failures = 0;

  const announceOnce = async (): Promise<number> => {
    const event: AnnounceEvent = known ? (completed ? "completed" : "") : "started";
    if (known) completed = false;
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(ANNOUNCE_TIMEOUT_MS)]);
      const { intervalMs, peers } = await announce(url, event, options, signal);
      known = true;
      failures = 0;
      options.onPeers(peers);
      return completed ? 0 : intervalMs;
    } catch (error) {
      if (event === "completed") completed = true;
      // A tracker that was being told may know us by now.
      if (closing.signal.aborted) known = true;
      // Told once, not at every try.
      if (!closing.signal.aborted && failures === 0) options.onFailure(asBtError(url, error));
      failures += 1;
      const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
      return ceiling * (0.5 + random() / 2);
    }
  };

  const run = async () => {
    while (!closing.signal.aborted) {
      const waitMs = await announceOnce();
      if (!closing.signal.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
    }
  };
  const running = run();

  return {
    completed: () => {
      completed = true;
      if (known) wake();
    },
    close: async () => {
      closing.abort();
      wake();
      await running;
      if (!known) return;
      await announce(url, "stopped", options, AbortSignal.timeout(STOP_TIMEOUT_MS)).catch(() => {
        // The tracker will forget us by itself.
      });
    },
  };
}

async function announce(
  url: string,
  event: AnnounceEvent,
  options: TrackerClientOptions,
  signal: AbortSignal,
): Promise<Announced> {
  const response = await request(announceUrl(url, event, options), options.localAddress, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw failed(url, `it answered with status ${response.statusCode}`);
  }
  return readAnswer(url, await readAll(url, response));
}

function announceUrl(url: string, event: AnnounceEvent, options: TrackerClientOptions): URL {
  const { uploaded, downloaded, left } = options.counters();
  const fields = [
    `info_hash=${percentEncode(options.infoHash)}`,
    `peer_id=${percentEncode(options.peerId)}`,
    `port=${options.port}`,
    `uploaded=${uploaded}&downloaded=${downloaded}&left=${left}`,
    `compact=1&numwant=${event === "stopped" ? 0 : WANTED_PEERS}`,
    ...(event === "" ? [] : [`event=${event}`]),
    ...(options.zone ? [`zone=${encodeURIComponent(options.zone)}`] : []),
  ];
  const target = new URL(url);
  target.search = `${target.search === "" ? "?" : `${target.search}&`}${fields.join("&")}`;
  return target;
}

const percentEncode = (hex: string): string => hex.replace(/../g, "%$&");

function request(url: URL, localAddress: string | undefined, signal: AbortSignal) {
  const get = url.protocol === "https:" ? getOverHttps : getOverHttp;
  const from = localAddress === undefined ? {} : { localAddress };
  return new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { ...from, agent: false, signal }, resolve).on("error", reject);
  });
}

async function readAll(url: string, response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw failed(url, `it answered with over ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readAnswer(url: string, body: Buffer): Announced {
  const answer = decode(body, ANSWER_LIMITS);
  if (!(answer instanceof Map)) throw failed(url, "its answer is not a dictionary");
  const reason = answer.get("failure reason");
  if (reason instanceof Uint8Array) {
    throw failed(url, `it said ${JSON.stringify(latin1(reason).slice(0, 200))}`);
  }
  const interval = answer.get("interval");
  const seconds = typeof interval === "number" ? interval : 1800;
  return {
    intervalMs: Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, seconds * 1000)),
    peers: readPeers(answer).slice(0, MAX_PEERS),
  };
}

function readPeers(answer: BencodedDictionary): PeerAddress[] {
  const peers = answer.get("peers");
  const peers6 = answer.get("peers6");
  return [
    ...(peers instanceof Uint8Array ? readCompact(peers, 4, ipv4) : []),
    ...(Array.isArray(peers) ? peers.flatMap(readPeer) : []),
    ...(peers6 instanceof Uint8Array ? readCompact(peers6, 16, ipv6) : []),
  ].filter(({ port }) => port > 0 && port < 65_536);
}

/** BEP 23 and BEP 7: an address and two bytes of port after another. */
function readCompact(
  bytes: Uint8Array,
  addressBytes: number,
  toText: (address: Buffer) => string,
): PeerAddress[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const peers: PeerAddress[] = [];
  for (let at = 0; at + addressBytes + 2 <= view.length; at += addressBytes + 2) {
    const host = toText(view.subarray(at, at + addressBytes));
    peers.push({ host, port: view.readUInt16BE(at + addressBytes) });
  }
  return peers;
}

const ipv4 = (bytes: Buffer): string => bytes.join(".");

const ipv6 = (bytes: Buffer): string =>
  (bytes.toString("hex").match(/.{4}/g) ?? [])
    .map((group) => group.replace(/^0{1,3}/, ""))
    .join(":");

/** BEP 3's long form; names instead of addresses are left out, since nobody here resolves a peer's name. */
function readPeer(peer: Bencoded): PeerAddress[] {
  if (!(peer instanceof Map)) return [];
  const [host, port] = [peer.get("ip"), peer.get("port")];
  if (!(host instanceof Uint8Array) || typeof port !== "number") return [];
  const text = latin1(host);
  return /^[\d.]+$|^[\da-f:]*:[\da-f:.]*$/i.test(text) ? [{ host: text, port }] : [];
}

const failed = (url: string, problem: string) =>
  new BtError("TRACKER_FAILED", `could not announce to ${originOf(url)}: ${problem}`);

/** Without path and query, which may hold a passkey. */
const originOf = (url: string): string => URL.parse(url)?.origin ?? "a tracker without a URL";

function asBtError(url: string, error: unknown): BtError {
  if (error instanceof BtError && error.code === "TRACKER_FAILED") return error;
  if (!(error instanceof Error)) return failed(url, String(error));
  if (error.name === "TimeoutError") return failed(url, "it did not answer in time");
  if (error.name === "AbortError") return failed(url, "it did not answer in time");
  return failed(
    url,
    "code" in error && !(error instanceof BtError) ? String(error.code) : error.message,
  );
}
