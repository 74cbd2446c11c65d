import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type ServiceError, status } from "@grpc/grpc-js";
import {
  type Address,
  type ClientTls,
  connectDaemon,
  formatAddress,
  methods,
  type ResolveRequest,
  type ResolveResponse__Output,
  serverStream,
  unary,
} from "../api/index.ts";
import { BtError, parseMetainfo } from "../bt/index.ts";
import { type Descriptor, formatReference, hexOf, type Reference } from "../oci/index.ts";
import { AgentError } from "./errors.ts";
import { MAX_DOCUMENT_BYTES, type Wanted } from "./image-plan.ts";

export type Seeder = { readonly name: string; readonly client: Client };

/** The seeders that a leecher asks, in the order of its configuration. */
export interface Seeders {
  /**
   * The first answer to what a reference is, from a seeder that has started it, within `waitMs`.
   * @throws AgentError IMAGE_UNKNOWN, or SEEDER_UNAVAILABLE when none could be asked.
   */
  resolve(
    reference: Reference,
    wanted: Wanted,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<ResolveResponse__Output>;
  /** An index, a manifest or a config, not yet verified. */
  document(descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array>;
  /** The `.torrent` of a layer, as soon as a seeder has all of it. `onFetched` hears how far the seeder is. */
  metainfo(
    layer: Descriptor,
    onFetched: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** The `.torrent` of a layer that a seeder has whole; undefined when none has. */
  metainfoNow(layer: Descriptor, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The piece hashes so far of a layer that a seeder is fetching, or has; undefined when none can say. */
  hashes(layer: Descriptor, signal: AbortSignal): Promise<Uint8Array | undefined>;
  readonly names: string;
  close(): void;
}

/** A seeder that is away is asked again this often. */
const RETRY_MS = 500;
/** A seeder whose host does not answer is passed over after this time. */
const CONNECT_MS = 1_500;
/** One that has taken a question answers within this time, or is passed over. */
const ANSWER_MS = 30_000;
/** Without any seeder for this long a layer is given up. */
const PATIENCE_MS = 10 * 60 * 1_000;

export function createSeeders(
  addresses: readonly Address[],
  connectTimeoutMs: number,
  tls?: ClientTls,
): Seeders {
  const seeders = addresses.map((address) => ({
    name: formatAddress(address),
    client: connectDaemon(address, tls),
  }));
  const names = seeders.map(({ name }) => name).join(", ");
  const connectMs = Math.min(connectTimeoutMs, CONNECT_MS);

  /** Asks one after the other until one answers; an answer that it has nothing counts only when all say so. */
  async function inOrder<T>(
    what: string,
    signal: AbortSignal,
    ask: (seeder: Seeder) => Promise<T>,
  ): Promise<T> {
    const failures: unknown[] = [];
    for (const seeder of seeders) {
      try {
        await whenReady(seeder, connectMs, signal);
        return await ask(seeder);
      } catch (error) {
        if (!isSeedersFault(error)) throw error;
        failures.push(error);
      }
    }
    throw failed(what, names, failures);
  }

  /** The first answer that there is now; undefined when nobody has one. */
  async function firstThatCan<T>(
    signal: AbortSignal,
    ask: (seeder: Seeder) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (const seeder of seeders) {
      try {
        await whenReady(seeder, connectMs, signal);
        const answer = await ask(seeder);
        if (answer !== undefined) return answer;
      } catch (error) {
        if (!isSeedersFault(error)) throw error;
      }
    }
    return undefined;
  }

  async function resolveAt(
    seeder: Seeder,
    request: ResolveRequest,
    until: number,
    signal: AbortSignal,
  ): Promise<ResolveResponse__Output> {
    while (true) {
      const leftMs = until - Date.now();
      try {
        await whenReady(seeder, connectMs, signal);
        return await unary(
          seeder.client,
          methods.Resolve,
          { ...request, waitSeconds: Math.max(0, Math.ceil(leftMs / 1_000)) },
          { signal, timeoutMs: Math.max(leftMs, 0) + connectMs },
        );
      } catch (error) {
        if (!isAway(error) || Date.now() + RETRY_MS > until) throw error;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }

  return {
    names,
    async resolve(reference, wanted, waitMs, signal) {
      const won = new AbortController();
      const either = AbortSignal.any([signal, won.signal]);
      const until = Date.now() + waitMs;
      const request = { reference: formatReference(reference), ...wantedMessage(wanted) };
      try {
        return await Promise.any(
          seeders.map((seeder) => resolveAt(seeder, request, until, either)),
        );
      } catch (error) {
        signal.throwIfAborted();
        const { errors } = error as AggregateError;
        throw failed(`find ${formatReference(reference)}`, names, errors);
      } finally {
        won.abort();
      }
    },
    document: ({ digest }, signal) =>
      inOrder(`fetch ${digest}`, signal, ({ client }) =>
        collect(serverStream(client, methods.GetBlob, { digest }, answering(signal)), digest),
      ),
    async metainfo({ digest }, onFetched, signal) {
      const givenUpAt = Date.now() + PATIENCE_MS;
      while (true) {
        try {
          return await inOrder(`get the torrent of ${digest}`, signal, async ({ client }) => {
            const watch = serverStream(client, methods.WatchTorrent, { digest }, { signal });
            for await (const { metainfo, fetchedBytes } of watch) {
              if (metainfo.length > 0) return metainfo;
              onFetched(fetchedBytes);
            }
            throw new AgentError("NOT_READY", `the seeder ended without the torrent of ${digest}`);
          });
        } catch (error) {
          if (!isAway(error) || Date.now() > givenUpAt) throw error;
          await sleep(RETRY_MS, undefined, { signal });
        }
      }
    },
    metainfoNow: ({ digest }, signal) =>
      firstThatCan(signal, async ({ client }) => {
        const { metainfo } = await unary(client, methods.GetTorrent, { digest }, answering(signal));
        return metainfo;
      }),
    hashes: (layer, signal) =>
      firstThatCan(signal, async ({ client }) => {
        const request = { digest: layer.digest, withHashes: true };
        const watch = serverStream(client, methods.WatchTorrent, request, answering(signal));
        for await (const { metainfo, hashes } of watch) {
          return metainfo.length > 0 ? piecesIn(metainfo, layer) : hashes;
        }
        return undefined;
      }),
    close() {
      for (const { client } of seeders) client.close();
    },
  };
}

const answering = (signal: AbortSignal) => ({ signal, timeoutMs: ANSWER_MS });

const wantedMessage = (wanted: Wanted) =>
  wanted.kind === "all" ? { allPlatforms: true } : { platforms: [...wanted.platforms] };

/** A connection, within the time. */
function whenReady(
  { client, name }: Seeder,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    client.waitForReady(Date.now() + timeoutMs, (error) => {
      signal.removeEventListener("abort", leave);
      if (error === undefined) resolve();
      else reject(new AgentError("SEEDER_UNAVAILABLE", `${name} does not answer`));
    });
  });
}

const piecesIn = (metainfo: Uint8Array, { digest, size }: Descriptor): Uint8Array =>
  parseMetainfo(metainfo, { digest: hexOf(digest), size }).torrent.pieces;

async function collect(
  chunks: AsyncIterable<{ data: Buffer }>,
  digest: string,
): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const { data } of chunks) {
    parts.push(data);
    bytes += data.length;
    if (bytes > MAX_DOCUMENT_BYTES) {
      throw new AgentError(
        "NOT_READY",
        `the seeder sends more than ${MAX_DOCUMENT_BYTES} bytes for ${digest}`,
      );
    }
  }
  return Buffer.concat(parts);
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;

const isAway = (error: unknown): boolean =>
  error instanceof AgentError
    ? error.code === "SEEDER_UNAVAILABLE"
    : isServiceError(error) && error.code === status.UNAVAILABLE;

const isSeedersFault = (error: unknown): boolean =>
  error instanceof AgentError || error instanceof BtError || isServiceError(error);

function failed(act: string, names: string, failures: readonly unknown[]): AgentError {
  const answered = failures.filter((error) => !isAway(error)) as Error[];
  if (answered.length === 0) {
    return new AgentError(
      "SEEDER_UNAVAILABLE",
      `could not ${act}: no seeder answers at ${names}: start oci-torrentd there or correct --seeder-addr`,
      { cause: failures[0] },
    );
  }
  const details = [...new Set(answered.map(sentenceOf))].join("; ");
  return new AgentError("IMAGE_UNKNOWN", `could not ${act} at ${names}: ${details}`, {
    cause: answered[0],
  });
}

const sentenceOf = (error: Error): string =>
  isServiceError(error) ? error.details : error.message;
