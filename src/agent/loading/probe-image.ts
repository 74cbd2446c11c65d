import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  type Descriptor,
  digestOf,
  hostPlatform,
  OCI_CONFIG,
  OCI_MANIFEST,
} from "../../oci/index.ts";
import type { MirrorBlob } from "../mirror-source.ts";
import type { LoadableImage } from "./loadable-image.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** An image of two KiB that no runtime can have seen before: it holds one file with a random word. */
export function probeImage(): LoadableImage {
  const layer = tarOf("probe", Buffer.from(randomBytes(16).toString("hex")));
  const { os, architecture } = hostPlatform();
  const config = json({
    os,
    architecture,
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(OCI_CONFIG, config),
    layers: [describe(LAYER, layer)],
  });
  const descriptor = describe(OCI_MANIFEST, manifest);
  return {
    digest: descriptor.digest,
    documents: [{ descriptor, bytes: manifest }],
    content: new Map([config, layer].map((bytes) => [digestOf(bytes), inMemory(bytes)])),
  };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const describe = (mediaType: string, bytes: Buffer): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

const inMemory = (bytes: Buffer): MirrorBlob => ({
  size: bytes.length,
  open: async ({ start, end } = { start: 0 }) =>
    Readable.from([bytes.subarray(start, (end ?? bytes.length - 1) + 1)], { objectMode: false }),
});

const BLOCK = 512;

/** One file (POSIX.1-1988, ustar). */
function tarOf(name: string, contents: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  header.write(name, 0, "latin1");
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(contents.length, 124, 12);
  octal(0, 136, 12);
  header.write("0", 156, "latin1");
  header.write("ustar\u000000", 257, "latin1");
  // Of the sum of all bytes, its own place counts as blanks.
  header.fill(" ", 148, 156);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  const padding = Buffer.alloc((BLOCK - (contents.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, contents, padding, Buffer.alloc(2 * BLOCK)]);
}
