import { type AttemptFailed, protocolFailure } from "./attempt-failure.ts";
import { explained, type HttpAnswer } from "./transport.ts";

/** The whole body, or a failure as soon as it has more than `limit` bytes. `what` is how a sentence names it. */
export async function readBounded(
  answer: HttpAnswer,
  limit: number,
  what: string,
  host: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const declared = Number(answer.header("content-length") ?? 0);
  if (declared > limit) {
    await answer.discard(0);
    throw tooLong(host, what, limit);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLong(host, what, limit);
      chunks.push(chunk);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw explained(cause, host);
  }
  return Buffer.concat(chunks, length);
}

const tooLong = (host: string, what: string, limit: number): AttemptFailed =>
  protocolFailure(host, `sends ${what} of more than ${limit} bytes`);
