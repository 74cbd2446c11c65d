import type { LookupFunction } from "node:net";
import { type Asker, createAsker, type Shared, type Timing } from "./asker.ts";
import { AttemptFailed } from "./attempt-failure.ts";
import { type Authorization, authorizationAt } from "./authorize.ts";
import { type BlobDeps, type BlobStream, openBlobAt } from "./blob-stream.ts";
import { createCircuits } from "./circuit.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Credential } from "./credential.ts";
import { within } from "./deadline.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./errors.ts";
import type { RequestEvent } from "./exchange.ts";
import { isForeignLayer } from "./foreign-layer.ts";
import { createQuarantine } from "./quarantine.ts";
import { type FetchedDocument, fetchDocument } from "./registry-document.ts";
import { type EndpointMap, endpointsOf, type RegistryEndpoint } from "./registry-endpoints.ts";
import { defaultRegistryLimits, type RegistryLimits } from "./registry-limits.ts";
import { checkRepository, checkTagOrDigest } from "./registry-names.ts";
import { type Advice, commandLineAdvice, type Subject } from "./registry-sentences.ts";
import { createTransport } from "./transport.ts";

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
  /** What sentences of failures tell to do. */
  readonly advice?: Advice;
};

export type RegistryOptions = RegistryClientOptions & { readonly credential?: Credential };

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
  /**
   * What the registry itself, not a mirror of it, wants to be shown for a pull from the repository, such as a new token
   * that others may use. There must be something by that tag or digest.
   */
  authorize(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<Authorization>;
  /** Forgets the tokens; the connections too, if they are its own. */
  close(): Promise<void>;
}

/** Registries that share connections, circuits and the memory of who gave wrong bytes. */
export interface RegistryClient {
  registry(host: string, credential?: Credential): Registry;
  close(): Promise<void>;
}

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
    timing: { clock, limits, random: options.random ?? Math.random },
    transport,
    userAgent: options.userAgent ?? "oci-torrent",
    onRequest: options.onRequest ?? (() => {}),
    advice: options.advice ?? commandLineAdvice,
    circuit: createCircuits(clock, limits),
    quarantine: createQuarantine(clock, { strikes: 2, forMs: limits.quarantineMs }),
  };
  return {
    registry(host, credential) {
      const endpoints = endpointsOf(options.endpoints, host);
      const own = endpoints.filter(({ sendsCredential }) => sendsCredential);
      const askerOf = (endpoints: readonly RegistryEndpoint[]) =>
        createAsker(shared, { host, endpoints, credential });
      return registryOf(askerOf(endpoints), () => askerOf(own));
    },
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

/** @param anew asks the registry itself, and knows no token yet. */
function registryOf(asker: Asker, anew: () => Asker): Registry {
  const { host, timing } = asker;
  const subjectOf = (repository: string, tagOrDigest: string): Subject => {
    checkRepository(host, repository);
    checkTagOrDigest(tagOrDigest);
    const separator = tagOrDigest.includes(":") ? "@" : ":";
    return { name: `${host}/${repository}${separator}${tagOrDigest}`, repository };
  };
  const resolve = async (repository: string, tagOrDigest: string, signal: AbortSignal) => {
    const subject = subjectOf(repository, tagOrDigest);
    return await asker.ask(subject, signal, async (deps, endpoint) => {
      const found = await inTime(deps, endpoint, signal, (both) =>
        fetchDocument(deps, endpoint, repository, tagOrDigest, both),
      );
      deps.circuit.succeeded();
      return found;
    });
  };
  return {
    host,
    timing,
    resolve,
    async manifest(repository, wanted, signal) {
      const digest = typeof wanted === "string" ? wanted : wanted.digest;
      const found = await resolve(repository, digest, signal);
      if (typeof wanted === "string" || wanted.size === found.descriptor.size) return found;
      throw new OciError(
        "REGISTRY_PROTOCOL",
        `could not fetch ${host}/${repository}@${digest}: it has ${found.descriptor.size} bytes, not the ${wanted.size} that its index says`,
      );
    },
    async blob(repository, descriptor, signal) {
      checkRepository(host, repository);
      const subject = blobSubject(host, repository, descriptor);
      checkSmall(subject, descriptor, timing.limits.smallBlobBytes);
      const question = { repository, descriptor, fromByte: 0 };
      return await asker.ask(subject, signal, (deps, endpoint) =>
        inTime(deps, endpoint, signal, async (both) =>
          (await openBlobAt(deps, endpoint, question, both)).whole(),
        ),
      );
    },
    async openBlob(repository, descriptor, fromByte, signal) {
      checkRepository(host, repository);
      const question = { repository, descriptor, fromByte };
      return await asker.ask(blobSubject(host, repository, descriptor), signal, (deps, endpoint) =>
        openBlobAt(deps, endpoint, question, signal),
      );
    },
    async authorize(repository, tagOrDigest, signal) {
      const subject = subjectOf(repository, tagOrDigest);
      return await anew().ask(subject, signal, (deps, endpoint) =>
        inTime(deps, endpoint, signal, (both) =>
          authorizationAt(deps, endpoint, repository, tagOrDigest, both),
        ),
      );
    },
    async close() {
      asker.forgetLogins();
    },
  };
}

function checkSmall(subject: Subject, { size }: Descriptor, most: number): void {
  if (size <= most) return;
  throw new OciError(
    "UNSUPPORTED",
    `could not fetch ${subject.name}: it has ${size} bytes, and at most ${most} are read into memory`,
  );
}

/** A whole document from one endpoint, or a failure that may pass. */
const inTime = <T>(
  deps: BlobDeps,
  endpoint: RegistryEndpoint,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const late = () =>
    new AttemptFailed({ kind: "network", host: endpoint.url.host, reason: "documentTimeout" });
  return within(deps.limits.documentMs, signal, late, act);
};

export const blobSubject = (host: string, repository: string, blob: Descriptor): Subject => ({
  name: `blob ${blob.digest} of ${host}/${repository}`,
  repository,
  foreign: isForeignLayer(blob),
});
