import { AttemptFailed, type Failure } from "./attempt-failure.ts";
import type { BlobStream } from "./blob-stream.ts";
import type { Descriptor } from "./descriptor.ts";
import { openPartialBlob, type PartialBlob } from "./partial-blob.ts";
import { blobSubject, type Registry } from "./registry.ts";
import { registryError } from "./registry-sentences.ts";
import { decideRetry } from "./retry.ts";

export type FetchBlobOptions = {
  /** Grows by appending; what lies there already counts. Not fsynced: who gives the blob its name does that. */
  readonly file: string;
  /** Sees every byte of the blob in order, those already in the file included. Chunks are lent. */
  readonly onBytes?: (chunk: Uint8Array) => void;
  /** Up to which byte of the blob the file can be read: later than `onBytes` saw them. */
  readonly onWritten?: (bytes: number) => void;
  /** What `onBytes` has seen was wrong: it begins again at byte 0. */
  readonly onRestart?: () => void;
  /** Bytes of the blob that are here. */
  readonly onProgress?: (receivedBytes: number) => void;
  /** Waits until so many more bytes may come. */
  readonly throttle?: (bytes: number) => Promise<void>;
};

export type FetchedBlob = {
  /** Bytes that came from the registry, thrown-away ones included. */
  readonly registryBytes: number;
  /** Bytes that the file had before. */
  readonly resumedBytes: number;
};

/** So much between two broken connections is progress: the tries are counted anew. */
const PROGRESS_BYTES = 1024 * 1024;

/**
 * Streams a blob into a file until it has the descriptor's size and digest. A broken connection is taken up again
 * by Range; wrong bytes empty the file, and the source that gave them twice is not asked again. On any failure but
 * wrong bytes the file keeps what it has. Fails with an `OciError` or the signal's reason.
 */
export async function fetchBlob(
  registry: Registry,
  repository: string,
  descriptor: Descriptor,
  options: FetchBlobOptions,
  signal: AbortSignal,
): Promise<FetchedBlob> {
  const blob = await openPartialBlob(options.file, descriptor, options, signal);
  const fetching: Fetching = {
    registry,
    repository,
    descriptor,
    options,
    signal,
    blob,
    givers: new Set(),
    wrongBy: new Map(),
    resumedBytes: blob.length,
    registryBytes: 0,
    discarded: false,
  };
  try {
    await fetchUntilProven(fetching);
    await blob.flush();
  } catch (error) {
    // What came is worth keeping; that it cannot be written either is not the news.
    await blob.flush().catch(() => {});
    throw error;
  } finally {
    await blob.close();
  }
  return { registryBytes: fetching.registryBytes, resumedBytes: fetching.resumedBytes };
}

type Fetching = {
  readonly registry: Registry;
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly options: FetchBlobOptions;
  readonly signal: AbortSignal;
  readonly blob: PartialBlob;
  /** Who gave bytes of what the file holds now. */
  readonly givers: Set<BlobStream>;
  readonly wrongBy: Map<string, number>;
  resumedBytes: number;
  registryBytes: number;
  /** Whether a server without ranges has already made us read the beginning again. */
  discarded: boolean;
};

async function fetchUntilProven(fetching: Fetching): Promise<void> {
  const { blob, descriptor, options } = fetching;
  if (blob.length > 0) options.onProgress?.(blob.length);
  let ended = blob.length === descriptor.size;
  let proven = ended && blob.matches();
  while (!proven) {
    if (ended) await startAnew(fetching);
    proven = (await receiveRest(fetching)) === "whole" && blob.matches();
    ended = true;
  }
  for (const giver of fetching.givers) giver.report("complete");
}

/** A prefix from an earlier run may be what is wrong: then nobody is blamed. */
async function startAnew(fetching: Fetching): Promise<void> {
  if (fetching.resumedBytes === 0) {
    for (const giver of fetching.givers) {
      giver.report("wrong");
      fetching.wrongBy.set(giver.source, (fetching.wrongBy.get(giver.source) ?? 0) + 1);
    }
  }
  fetching.givers.clear();
  fetching.resumedBytes = 0;
  await fetching.blob.restart();
  fetching.options.onRestart?.();
  fetching.options.onProgress?.(0);
}

/** Until the file has the blob's size, or a source sends more than that. */
async function receiveRest(fetching: Fetching): Promise<"whole" | "overrun"> {
  const { registry, repository, descriptor, blob, signal } = fetching;
  const { clock, limits, random } = registry.timing;
  let tried = 0;
  for (;;) {
    const before = fetching.registryBytes;
    const stream = await registry.openBlob(repository, descriptor, blob.length, signal);
    const end = await pour(fetching, stream);
    if (end === "whole" || end === "overrun") return end;
    stream.report("broken");
    tried = fetching.registryBytes - before >= PROGRESS_BYTES ? 1 : tried + 1;
    const decision = decideRetry(end, tried, limits, random);
    if (decision.do === "giveUp") {
      throw registryError(blobSubject(registry.host, repository, descriptor), end, limits);
    }
    await clock.sleep(decision.ms, signal);
  }
}

/** Reads one stream to its end. A failure is an answer here: it decides how to go on. */
async function pour(
  fetching: Fetching,
  stream: BlobStream,
): Promise<"whole" | "overrun" | Failure> {
  const { blob, descriptor, options } = fetching;
  const unusable = whyUnusable(fetching, stream);
  if (unusable !== undefined) return unusable;
  let toSkip = blob.length - stream.start;
  fetching.givers.add(stream);
  let failure: Failure = { kind: "network", host: stream.source, reason: "reset" };
  try {
    for await (const chunk of stream.body) {
      fetching.registryBytes += chunk.length;
      if (options.throttle !== undefined) await options.throttle(chunk.length);
      const fresh = chunk.subarray(Math.min(toSkip, chunk.length));
      toSkip -= chunk.length - fresh.length;
      if (fresh.length === 0) continue;
      if (blob.length + fresh.length > descriptor.size) return "overrun";
      const wait = blob.append(fresh);
      if (wait !== undefined) await wait;
      options.onProgress?.(blob.length);
    }
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error;
    failure = error.failure;
  }
  return blob.length === descriptor.size ? "whole" : failure;
}

function whyUnusable(fetching: Fetching, stream: BlobStream): Failure | undefined {
  const host = stream.source;
  // The registry's quarantine forgets with time; one long fetch does not.
  if ((fetching.wrongBy.get(host) ?? 0) >= 2) return { kind: "quarantined", host };
  if (stream.start === fetching.blob.length) return undefined;
  if (fetching.discarded) {
    return { kind: "protocol", host, detail: "breaks off and cannot resume: ask another registry" };
  }
  fetching.discarded = true;
  return undefined;
}
