import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { OciError } from "./errors.ts";

const HIGHEST_RATIO = 100;
const FREE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const GZIP = "1f8b";
const OTHERS: readonly (readonly [magic: string, name: string])[] = [
  ["28b52ffd", "zstd"],
  ["fd377a585a00", "xz"],
  ["425a68", "bzip2"],
];

/**
 * The bytes of a tar that may be packed with gzip. Throws ARCHIVE_INVALID for another compression, for broken gzip,
 * and for one that grows more than a hundredfold.
 */
export async function* plainTar(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const head = await firstBytes(chunks);
  const magic = head.subarray(0, 6).toString("hex");
  const other = OTHERS.find(([start]) => magic.startsWith(start));
  if (other !== undefined) {
    throw invalid(`it is packed with ${other[1]}; unpack it first, or use gzip`);
  }
  const whole = joined(head, chunks);
  if (magic.startsWith(GZIP)) yield* gunzipped(whole, signal);
  else yield* whole;
}

async function firstBytes(chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < 6) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

async function* gunzipped(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let packedBytes = 0;
  let plainBytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      packedBytes += chunk.length;
      yield chunk;
    }
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const packed = Readable.from(counted(), { objectMode: false });
  // A failure destroys gunzip with the same error, and so comes out of the loop below.
  const fed = pipeline(packed, gunzip, { signal });
  fed.catch(() => {});
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      plainBytes += chunk.length;
      if (plainBytes > FREE_BYTES && plainBytes > packedBytes * HIGHEST_RATIO) {
        throw invalid(`its gzip grows more than ${HIGHEST_RATIO} times; unpack it first`);
      }
      yield chunk;
    }
  } catch (error) {
    throw String((error as { code?: string }).code).startsWith("Z_")
      ? invalid(`its gzip is broken: ${(error as Error).message}`, error)
      : error;
  } finally {
    gunzip.destroy();
  }
}

const invalid = (why: string, cause?: unknown): OciError =>
  new OciError("ARCHIVE_INVALID", `could not read the archive: ${why}`, { cause });
