import { AttemptFailed, type Failure } from "./attempt-failure.ts";
import type { BlobStream } from "./blob-stream.ts";
import type { Descriptor } from "./descriptor.ts";
import { blobSubject, type Registry } from "./registry.ts";
import { registryError } from "./registry-sentences.ts";
import { decideRetry } from "./retry.ts";

export type StreamBlobOptions = {
  readonly fromByte: number;
  /** Bytes that came from the registry, those of no use included. */
  readonly onReceived?: (bytes: number) => void;
  /** Waits until so many more bytes may come. */
  readonly throttle?: (bytes: number) => Promise<void>;
};

/**
 * The bytes of a blob from one of them to the last, as they come. They are not checked: only who has the whole can do that. A
 * broken connection is taken up again by Range. Fails with an `OciError` or the signal's reason.
 */
export async function* streamBlob(
  registry: Registry,
  repository: string,
  descriptor: Descriptor,
  { fromByte, onReceived = () => {}, throttle }: StreamBlobOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { clock, limits, random } = registry.timing;
  let at = fromByte;
  for (let tried = 1; at < descriptor.size; tried += 1) {
    const before = at;
    const stream = await registry.openBlob(repository, descriptor, at, signal);
    let failure: Failure = { kind: "network", host: stream.source, reason: "reset" };
    try {
      for await (const chunk of after(stream, at, onReceived)) {
        await throttle?.(chunk.length);
        at += chunk.length;
        if (at > descriptor.size) break;
        yield chunk;
      }
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      failure = error.failure;
    }
    if (at === descriptor.size) {
      stream.report("complete");
      return;
    }
    stream.report("broken");
    if (at > descriptor.size)
      failure = { kind: "protocol", host: stream.source, detail: "sends more than the blob has" };
    if (at > before) tried = 1;
    const decision = decideRetry(failure, tried, limits, random);
    if (decision.do === "giveUp")
      throw registryError(blobSubject(registry.host, repository, descriptor), failure, limits);
    await clock.sleep(decision.ms, signal);
  }
}

/** What the stream has from that byte on: a server without ranges begins at 0. */
async function* after(
  { start, body }: BlobStream,
  fromByte: number,
  onReceived: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let toSkip = fromByte - start;
  for await (const chunk of body) {
    onReceived(chunk.length);
    const fresh = chunk.subarray(Math.min(toSkip, chunk.length));
    toSkip -= chunk.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
}
