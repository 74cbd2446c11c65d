import { buffer } from "node:stream/consumers";
import { status } from "@grpc/grpc-js";
import {
  type Address,
  clientStream,
  connectDaemon,
  runtimeHelperMethods as methods,
  type Runtime,
  type RuntimeImportRequest,
  unary,
} from "../../api/index.ts";
import { type Digest, parseDigest } from "../../oci/index.ts";
import { type ImagePart, imageParts } from "./image-parts.ts";
import type { LoadableImage } from "./loadable-image.ts";

/** What pods call an image, and what it has to be. */
export type NamedImage = { readonly digest: Digest; readonly names: readonly string[] };

/** HOST:PORT on loopback, and a pass. */
export type MirrorLogin = {
  readonly address: string;
  readonly username: string;
  readonly password: string;
};

export type RuntimeFacts = Pick<
  Runtime,
  "name" | "version" | "loadMethod" | "namesTags" | "canPin" | "reason" | "message"
>;

export type HelperStatus = {
  readonly runtime: RuntimeFacts;
  /** In the order of the question. */
  readonly held: readonly boolean[];
  /** What the helper has pinned, a name each. */
  readonly pinned: readonly NamedImage[];
};

/** The helper beside the agent: it alone speaks to the container runtime. */
export type RuntimeHelper = {
  load(image: NamedImage, mirror: MirrorLogin, pin: boolean, signal: AbortSignal): Promise<void>;
  /** As `load`, where the runtime cannot fetch from the mirror. */
  importImage(
    image: NamedImage,
    content: LoadableImage,
    pin: boolean,
    signal: AbortSignal,
  ): Promise<void>;
  pin(image: NamedImage, pinned: boolean, signal: AbortSignal): Promise<void>;
  /** Tries with a small image: all of it is sent. */
  probe(image: LoadableImage, mirror: MirrorLogin, signal: AbortSignal): Promise<RuntimeFacts>;
  status(images: readonly NamedImage[], signal: AbortSignal): Promise<HelperStatus>;
  /** What had to be done, in one word: see runtime.proto. */
  writeHosts(address: string, signal: AbortSignal): Promise<string>;
  close(): void;
};

/** Why the helper did not do it. */
export class HelperError extends Error {
  override readonly name = "HelperError";
  readonly code: "AWAY" | "FULL" | "FAILED" | "UNSUPPORTED";
  constructor(code: HelperError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A load ends of itself long before. */
const LOAD_MS = 65 * 60_000;
const PROBE_MS = 60_000;
const QUICK_MS = 60_000;

export function connectRuntimeHelper(address: Address): RuntimeHelper {
  const client = connectDaemon(address);
  const ask = <Request, Response>(
    method: Parameters<typeof unary<Request, Response>>[1],
    request: NoInfer<Request>,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Response> => heeding(signal, unary(client, method, request, { signal, timeoutMs }));
  const wire = ({ digest, names }: NamedImage) => ({ digest, names: [...names] });

  return {
    async load(image, mirror, pin, signal) {
      await ask(methods.Load, { image: wire(image), mirror, pin }, signal, LOAD_MS);
    },
    async importImage(image, content, pin, signal) {
      const requests = importRequests({ image: wire(image), pin }, imageParts(content));
      const call = { signal, timeoutMs: LOAD_MS };
      await heeding(signal, clientStream(client, methods.Import, requests, call));
    },
    async pin(image, pinned, signal) {
      await ask(methods.Pin, { image: wire(image), pinned }, signal, QUICK_MS);
    },
    async probe(image, mirror, signal) {
      const blobs = await Promise.all(
        imageParts(image).map(async ({ blob, bytes }) => ({
          blob,
          data: await buffer(bytes),
        })),
      );
      const probe = { digest: image.digest, mirror, blobs };
      const answer = await ask(methods.Status, { probe }, signal, PROBE_MS);
      return factsIn(answer.runtime);
    },
    async status(images, signal) {
      const request = { images: images.map(wire) };
      const answer = await ask(methods.Status, request, signal, QUICK_MS);
      const pinned = answer.pinned.map(({ digest, names }) => ({
        digest: parseDigest(digest),
        names,
      }));
      return { runtime: factsIn(answer.runtime), held: answer.held, pinned };
    },
    async writeHosts(address, signal) {
      return (await ask(methods.WriteHosts, { address }, signal, QUICK_MS)).outcome;
    },
    close: () => client.close(),
  };
}

async function heeding<Response>(
  signal: AbortSignal,
  answer: Promise<Response>,
): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    // What could not be read here is not the helper's word.
    if (!("code" in (error as Error)) || !("details" in (error as Error))) throw error;
    throw helperError(error as { code?: number; details?: string; message: string });
  }
}

async function* importRequests(
  image: NonNullable<RuntimeImportRequest["image"]>,
  parts: readonly ImagePart[],
): AsyncGenerator<RuntimeImportRequest> {
  yield { image };
  for (const { blob, bytes } of parts) {
    yield { blob };
    for await (const data of bytes) yield { data: Buffer.from(data) };
  }
}

function factsIn(runtime: Runtime | null): RuntimeFacts {
  if (runtime === null) throw new HelperError("FAILED", "the runtime helper says nothing");
  return runtime;
}

function helperError(error: { code?: number; details?: string; message: string }): HelperError {
  const text = error.details ?? error.message;
  switch (error.code) {
    case status.UNAVAILABLE:
      return new HelperError("AWAY", text, { cause: error });
    case status.RESOURCE_EXHAUSTED:
      return new HelperError("FULL", text, { cause: error });
    case status.FAILED_PRECONDITION:
      return new HelperError("UNSUPPORTED", text, { cause: error });
    default:
      return new HelperError("FAILED", text, { cause: error });
  }
}
