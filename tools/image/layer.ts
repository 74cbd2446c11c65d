import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Header, type Pack, pack } from "tar-stream";
import { type Digest, digestFromHex, digestOf } from "../../src/oci/index.ts";
import { type RootEntry, withParents } from "./root-entry.ts";

export type Layer = {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The digest of the tar, unpacked. */
  readonly diffId: Digest;
};

// Files have no time, so that a layer changes only with what is in it.
const EPOCH = new Date(0);

function headerOf(entry: RootEntry): Partial<Header> & { name: string } {
  const common = { uid: 0, gid: 0, mtime: EPOCH };
  switch (entry.type) {
    case "directory":
      return { ...common, name: `${entry.path}/`, type: "directory", mode: entry.mode };
    case "file":
      return { ...common, name: entry.path, mode: entry.mode, size: entry.bytes.length };
    case "symlink":
      return { ...common, name: entry.path, type: "symlink", mode: 0o777, linkname: entry.target };
  }
}

async function packAll(packing: Pack, entries: readonly RootEntry[]): Promise<void> {
  for (const entry of entries) {
    const written = packing.entry(headerOf(entry));
    const parts = entry.type === "file" && entry.bytes.length > 0 ? [entry.bytes] : [];
    if (entry.type === "file") await pipeline(Readable.from(parts, { objectMode: false }), written);
  }
  packing.finalize();
}

/** A layer of these files, packed with gzip, which every container runtime reads. */
export async function createLayer(entries: readonly RootEntry[]): Promise<Layer> {
  const packing = pack();
  const tarHash = createHash("sha256");
  async function* hashed() {
    for await (const chunk of packing as AsyncIterable<Uint8Array>) {
      tarHash.update(chunk);
      yield chunk;
    }
  }
  const gzip = createGzip();
  const [bytes] = await Promise.all([
    buffer(gzip),
    pipeline(hashed, gzip),
    packAll(packing, withParents(entries)),
  ]);
  return { bytes, digest: digestOf(bytes), diffId: digestFromHex(tarHash.digest("hex")) };
}
