import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header, type Pack, pack } from "tar-stream";

/** A file, directory or other thing in a tar. The body must be read to its end before the next one comes. */
export type TarEntry = {
  readonly name: string;
  readonly type: "file" | "directory" | "other";
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
};

export type TarFile = {
  readonly name: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
};

/** The entries of a tar as they come. Reading no further closes the source. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<TarEntry> {
  const entries = extract();
  // A failure of either side destroys the other one, so it comes out of the loop below.
  const fed = pipeline(source, entries, { signal });
  fed.catch(() => {});
  try {
    for await (const entry of entries) {
      const { name, size = 0 } = entry.header;
      yield { name, type: typeOf(entry.header), size, body: entry as AsyncIterable<Uint8Array> };
      entry.resume();
    }
  } finally {
    entries.destroy();
  }
  await fed;
}

function typeOf({ type }: Header): TarEntry["type"] {
  if (type === "file" || type === "contiguous-file") return "file";
  return type === "directory" ? "directory" : "other";
}

/** Writes a tar and ends the sink. The same files always make the same bytes. */
export async function writeTar(
  files: Iterable<TarFile>,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  const packing = pack();
  const sent = pipeline(packing, sink, { signal });
  const packed = packAll(packing, files, signal).catch((error: Error) => {
    packing.destroy(error);
    throw error;
  });
  const [first, second] = await Promise.allSettled([packed, sent]);
  if (second.status === "rejected" && signal.aborted) throw second.reason;
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
}

const EPOCH = new Date(0);

async function packAll(packing: Pack, files: Iterable<TarFile>, signal: AbortSignal) {
  for (const { name, size, body } of files) {
    const entry = packing.entry({ name, size, mode: 0o644, mtime: EPOCH });
    await pipeline(Readable.from(body, { objectMode: false }), entry, { signal });
  }
  packing.finalize();
}
