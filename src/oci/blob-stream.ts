import { AttemptFailed, protocolFailure } from "./attempt-failure.ts";
import type { Circuit } from "./circuit.ts";
import { encodingFailure } from "./content-encoding.ts";
import { parseContentRange } from "./content-range.ts";
import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { type ExchangeDeps, exchange } from "./exchange.ts";
import type { Quarantine } from "./quarantine.ts";
import { quoted } from "./quoted.ts";
import { createRateFloor } from "./rate-floor.ts";
import type { RegistryEndpoint } from "./registry-endpoints.ts";
import { statusFailure } from "./status-failure.ts";
import { explained, type HttpAnswer } from "./transport.ts";

/** The bytes of a blob as one server sends them: not yet checked against the digest. */
export interface BlobStream {
  /** `host[:port]` of the server that was asked. */
  readonly source: string;
  /** The place in the blob of the body's first byte: what was asked for, or 0 from a server without ranges. */
  readonly start: number;
  /** Fails with `AttemptFailed`, or with the signal's reason. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** All bytes of a small blob, checked and reported. */
  whole(): Promise<Uint8Array>;
  /** How it ended: for the circuit of the server, and for the memory of who gave wrong bytes. */
  report(outcome: "complete" | "broken" | "wrong"): void;
}

export type BlobDeps = ExchangeDeps & {
  readonly quarantine: Quarantine;
  readonly circuit: Circuit;
};

export type BlobQuestion = {
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly fromByte: number;
};

export async function openBlobAt(
  deps: BlobDeps,
  endpoint: RegistryEndpoint,
  { repository, descriptor, fromByte }: BlobQuestion,
  signal: AbortSignal,
): Promise<BlobStream> {
  const source = endpoint.url.host;
  const key = `${endpoint.url.origin} ${descriptor.digest}`;
  if (deps.quarantine.holds(key)) throw new AttemptFailed({ kind: "quarantined", host: source });
  const { answer, url } = await exchange(
    deps,
    endpoint,
    {
      what: "blob",
      repository,
      path: `blobs/${descriptor.digest}`,
      headers: fromByte > 0 ? { range: `bytes=${fromByte}-` } : {},
    },
    signal,
  );
  const checked = checkBlobAnswer(answer, url.host, descriptor.size, fromByte, deps.clock.now());
  if (checked instanceof AttemptFailed) {
    await answer.discard(deps.limits.errorBytes);
    throw checked;
  }
  const body = guarded(deps, answer, url.host, signal);
  const report: BlobStream["report"] = (outcome) => {
    if (outcome === "complete") deps.circuit.succeeded();
    else answer.body.destroy();
    if (outcome === "broken") deps.circuit.failed();
    if (outcome === "wrong") deps.quarantine.strike(key);
  };
  return {
    source,
    start: checked.start,
    body,
    report,
    whole: () => readWhole(body, descriptor, url.host, report),
  };
}

/** Where the body begins, or why it is of no use (RFC 9110 15.3.7). */
function checkBlobAnswer(
  answer: HttpAnswer,
  host: string,
  size: number,
  fromByte: number,
  now: number,
): { readonly start: number } | AttemptFailed {
  if (answer.status !== 200 && answer.status !== 206) {
    return new AttemptFailed(statusFailure(answer, host, now));
  }
  const encoded = encodingFailure(answer, host);
  if (encoded !== undefined) return encoded;
  const start = answer.status === 206 ? fromByte : 0;
  if (answer.status === 206) {
    const range = parseContentRange(answer.header("content-range"));
    const right =
      fromByte > 0 &&
      range?.start === fromByte &&
      range.end === size - 1 &&
      (range.total === undefined || range.total === size);
    if (!right)
      return protocolFailure(host, "sends another part of the blob than it was asked for");
  }
  const length = answer.header("content-length");
  if (length !== undefined && length !== String(size - start)) {
    return protocolFailure(host, `announces ${quoted(length)} bytes where ${size - start} belong`);
  }
  return { start };
}

/** The body under the minimum rate, its errors explained. Idle time is the transport's business. */
async function* guarded(
  deps: BlobDeps,
  answer: HttpAnswer,
  host: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const floor = createRateFloor(deps.limits.minimumRate);
  try {
    let asked = deps.clock.now();
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (floor.note(chunk.length, deps.clock.now() - asked)) {
        throw new AttemptFailed({ kind: "network", host, reason: "tooSlow" });
      }
      yield chunk;
      asked = deps.clock.now();
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw explained(cause, host);
  }
}

async function readWhole(
  body: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  host: string,
  report: BlobStream["report"],
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > descriptor.size) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (length !== descriptor.size || digestOf(bytes) !== descriptor.digest) {
    report("wrong");
    throw protocolFailure(host, "sends bytes that do not match the digest");
  }
  report("complete");
  return bytes;
}
