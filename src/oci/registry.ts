import type { LookupFunction } from "node:net";
import { AttemptFailed } from "./attempt-failure.ts";
import { type BlobStream, openBlobAt } from "./blob-stream.ts";
import { type Circuit, createCircuits } from "./circuit.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Credential } from "./credential.ts";
import { within } from "./deadline.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./errors.ts";
import { type ExchangeDeps, type RequestEvent, send } from "./exchange.ts";
import { isForeignLayer } from "./foreign-layer.ts";
import { createLogins, type Logins } from "./login.ts";
import { createQuarantine, type Quarantine } from "./quarantine.ts";
import { type FetchedDocument, fetchDocument } from "./registry-document.ts";
import { type EndpointMap, endpointsOf, type RegistryEndpoint } from "./registry-endpoints.ts";
import { defaultRegistryLimits, type RegistryLimits } from "./registry-limits.ts";
import { checkRepository, checkTagOrDigest } from "./registry-names.ts";
import { registryError, type Subject } from "./registry-sentences.ts";
import { askInRounds } from "./rounds.ts";
import { createTransport, type Transport } from "./transport.ts";

export type RegistryClientOptions = {
  readonly endpoints: EndpointMap;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly userAgent?: string;
  /** The local address to connect from: `--bind-address`. */
  readonly connectLocalAddress?: string;
  readonly lookup?: LookupFunction;
  readonly onRequest?: (event: RequestEvent) => void;
  readonly limits?: Partial<RegistryLimits>;
};

export type RegistryOptions = RegistryClientOptions & { readonly credential?: Credential };

/** What waiting and giving up are measured by. */
export type Timing = {
  readonly clock: Clock;
  readonly limits: RegistryLimits;
  random(): number;
};

/**
 * One registry host, seen with one login (OCI distribution spec, pull). Everything fails with an `OciError` whose
 * code is a REGISTRY_ one or UNSUPPORTED, or with the signal's reason.
 */
export interface Registry {
  readonly host: string;
  readonly timing: Timing;
  /** What a tag or a digest names, its bytes checked against Docker-Content-Digest and the digest asked for. */
  resolve(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<FetchedDocument>;
  manifest(
    repository: string,
    wanted: Digest | Descriptor,
    signal: AbortSignal,
  ): Promise<FetchedDocument>;
  /** A blob of at most 8 MiB, such as an image config, checked. */
  blob(repository: string, descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array>;
  /** The blob from `fromByte` on, or all of it when the server does not do ranges: see `BlobStream.start`. */
  openBlob(
    repository: string,
    descriptor: Descriptor,
    fromByte: number,
    signal: AbortSignal,
  ): Promise<BlobStream>;
  /** Forgets the tokens; the connections too, if they are its own. */
  close(): Promise<void>;
}

/** Registries that share connections, circuits and the memory of who gave wrong bytes. */
export interface RegistryClient {
  registry(host: string, credential?: Credential): Registry;
  close(): Promise<void>;
}

type Shared = {
  readonly options: RegistryClientOptions;
  readonly timing: Timing;
  readonly transport: Transport;
  readonly quarantine: Quarantine;
  circuit(origin: string): Circuit;
};

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const limits = { ...defaultRegistryLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const transport = createTransport({
    limits,
    ...(options.connectLocalAddress === undefined
      ? {}
      : { localAddress: options.connectLocalAddress }),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  });
  const shared: Shared = {
    options,
    timing: { clock, limits, random: options.random ?? Math.random },
    transport,
    quarantine: createQuarantine(clock, { strikes: 2, forMs: limits.quarantineMs }),
    circuit: createCircuits(clock, limits),
  };
  return {
    registry: (host, credential) => registryOf(shared, host, credential),
    close: () => transport.close(),
  };
}

/** A registry with connections of its own. */
export function createRegistry(host: string, options: RegistryOptions): Registry {
  const client = createRegistryClient(options);
  const registry = client.registry(host, options.credential);
  return {
    ...registry,
    async close() {
      await registry.close();
      await client.close();
    },
  };
}

function registryOf(shared: Shared, host: string, credential: Credential | undefined): Registry {
  const { timing, quarantine } = shared;
  const { limits } = timing;
  const loginsAt = new Map<RegistryEndpoint, Logins>();
  const endpoints = endpointsOf(shared.options.endpoints, host);
  const exchangeAt = (endpoint: RegistryEndpoint): ExchangeDeps => {
    const base = {
      ...timing,
      transport: shared.transport,
      userAgent: shared.options.userAgent ?? "oci-torrent",
      registryHost: host,
      credential,
      onRequest: shared.options.onRequest ?? (() => {}),
    };
    const logins =
      loginsAt.get(endpoint) ??
      createLogins({
        ...timing,
        send: (request, signal) => send(base, endpoint, "token", request, signal),
      });
    loginsAt.set(endpoint, logins);
    return { ...base, logins };
  };
  const ask = <T>(
    subject: Subject,
    signal: AbortSignal,
    attempt: (deps: ExchangeDeps, endpoint: RegistryEndpoint, circuit: Circuit) => Promise<T>,
  ): Promise<T> =>
    withSentence(subject, limits, () =>
      askInRounds(
        { ...timing, circuit: shared.circuit },
        endpoints,
        (endpoint, circuit) => attempt(exchangeAt(endpoint), endpoint, circuit),
        signal,
      ),
    );

  const document = (repository: string, tagOrDigest: string, signal: AbortSignal) => {
    checkRepository(host, repository);
    checkTagOrDigest(tagOrDigest);
    const separator = tagOrDigest.includes(":") ? "@" : ":";
    const name = `${host}/${repository}${separator}${tagOrDigest}`;
    return ask({ name, repository }, signal, async (deps, endpoint, circuit) => {
      const found = await within(
        limits.documentMs,
        signal,
        () => lateDocument(endpoint),
        (both) => fetchDocument(deps, endpoint, repository, tagOrDigest, both),
      );
      circuit.succeeded();
      return found;
    });
  };

  const openBlob = (
    repository: string,
    descriptor: Descriptor,
    fromByte: number,
    signal: AbortSignal,
  ) => {
    checkRepository(host, repository);
    return ask(blobSubject(host, repository, descriptor), signal, (deps, endpoint, circuit) =>
      openBlobAt(
        { ...deps, quarantine, circuit },
        endpoint,
        { repository, descriptor, fromByte },
        signal,
      ),
    );
  };

  return {
    host,
    timing,
    resolve: document,
    async manifest(repository, wanted, signal) {
      const digest = typeof wanted === "string" ? wanted : wanted.digest;
      const found = await document(repository, digest, signal);
      if (typeof wanted === "string" || wanted.size === found.descriptor.size) return found;
      throw new OciError(
        "REGISTRY_PROTOCOL",
        `could not fetch ${host}/${repository}@${digest}: it has ${found.descriptor.size} bytes, not the ${wanted.size} that its index says`,
      );
    },
    async blob(repository, descriptor, signal) {
      checkRepository(host, repository);
      const subject = blobSubject(host, repository, descriptor);
      if (descriptor.size > limits.smallBlobBytes) {
        throw new OciError(
          "UNSUPPORTED",
          `could not fetch ${subject.name}: it has ${descriptor.size} bytes, and at most ${limits.smallBlobBytes} are read into memory`,
        );
      }
      return await ask(subject, signal, (deps, endpoint, circuit) =>
        within(
          limits.documentMs,
          signal,
          () => lateDocument(endpoint),
          async (both) => {
            const question = { repository, descriptor, fromByte: 0 };
            const stream = await openBlobAt(
              { ...deps, quarantine, circuit },
              endpoint,
              question,
              both,
            );
            return await stream.whole();
          },
        ),
      );
    },
    openBlob,
    async close() {
      for (const logins of loginsAt.values()) logins.forget();
    },
  };
}

const lateDocument = (endpoint: RegistryEndpoint): AttemptFailed =>
  new AttemptFailed({ kind: "network", host: endpoint.url.host, reason: "documentTimeout" });

export const blobSubject = (host: string, repository: string, blob: Descriptor): Subject => ({
  name: `blob ${blob.digest} of ${host}/${repository}`,
  repository,
  foreign: isForeignLayer(blob),
});

async function withSentence<T>(
  subject: Subject,
  limits: RegistryLimits,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof AttemptFailed)
      throw registryError(subject, cause.failure, limits, { cause });
    throw cause;
  }
}
