import type { ApiReply } from "./api-access.ts";
import { parseStatus, type Status } from "./watch-event.ts";

const MAX_STATUS_BYTES = 64 * 1024;

/**
 * Reads the whole body.
 * @throws where it is longer than allowed, or no JSON.
 */
export async function readJson({ body }: ApiReply, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new Error(`the API server's answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
}

/** What an answer that is a refusal says; a body that cannot be read says nothing. */
export async function readStatus(reply: ApiReply): Promise<Status> {
  const body = await readJson(reply, MAX_STATUS_BYTES).catch(() => undefined);
  const status = { ...parseStatus(body, reply.status), code: reply.status };
  const seconds = /^\d{1,5}$/.exec(reply.headers["retry-after"] ?? "")?.[0];
  return seconds === undefined ? status : { ...status, retryAfterMs: Number(seconds) * 1_000 };
}
