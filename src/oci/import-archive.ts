import { type Digest, digestFromHex } from "./digest.ts";
import { OciError } from "./errors.ts";
import {
  chooseImage,
  type ImportedImage,
  type ImportOptions,
  importCounter,
  importedImage,
  unreadable,
} from "./imported-image.ts";
import { LARGEST_DOCUMENT_BYTES } from "./json.ts";
import type { LayoutEntry } from "./layout-index.ts";
import { plainTar } from "./plain-tar.ts";
import { quoted } from "./quoted.ts";
import { readTar, type TarEntry } from "./tar.ts";
import { ingestBlob } from "./verified-copy.ts";

const WHERE = "the archive";
const OF_DOCKER = "it is one of docker; make an oci-archive of it with skopeo copy";
const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/;

/**
 * Takes an image from an OCI image layout in a tar, which may be packed with gzip, into the store. It reads the tar to
 * its end, and takes all of its blobs. Throws as `importLayout` does.
 */
export async function importArchive(
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportedImage> {
  const take: OnBlob = ({ body, size }, digest) =>
    ingestBlob(options.blobs, body, { digest, size }, options);
  return await importedImage(await readArchive(source, take, options), options, WHERE);
}

/** The image that `importArchive` would take, of which nothing is taken; it reads the tar to its end. Throws as the import does. */
export async function imageInArchive(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): Promise<LayoutEntry> {
  return await readArchive(source, async () => {}, options);
}

type ReadOptions = Pick<ImportOptions, "name" | "limits" | "signal">;
type OnBlob = (entry: TarEntry, digest: Digest) => Promise<void>;

async function readArchive(
  source: AsyncIterable<Uint8Array>,
  onBlob: OnBlob,
  options: ReadOptions,
): Promise<LayoutEntry> {
  const documents = new Map<string, Buffer>();
  const count = importCounter(WHERE, options.limits);
  try {
    for await (const entry of readTar(plainTar(source, options.signal), options.signal)) {
      count(entry.size);
      await takeEntry(entry, documents, onBlob);
    }
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw error instanceof OciError ? error : unreadable(WHERE, (error as Error).message, error);
  }
  if (documents.has("manifest.json") && !documents.has("index.json")) {
    throw unreadable(WHERE, OF_DOCKER);
  }
  const [mark, index] = [documents.get("oci-layout"), documents.get("index.json")];
  return chooseImage(mark, index, options.name, WHERE);
}

async function takeEntry(
  entry: TarEntry,
  documents: Map<string, Buffer>,
  onBlob: OnBlob,
): Promise<void> {
  const name = safeName(entry);
  if (entry.type === "directory") return;
  const hex = BLOB.exec(name)?.[1];
  if (hex !== undefined) {
    await onBlob(entry, digestFromHex(hex));
  } else if (["oci-layout", "index.json", "manifest.json"].includes(name)) {
    if (documents.has(name)) throw unreadable(WHERE, `it holds ${name} twice`);
    documents.set(name, await gather(entry, name));
  }
}

function safeName({ name, type }: TarEntry): string {
  if (type === "other") {
    const isLinkOfDocker = name.endsWith("/layer.tar");
    const what = `${quoted(name)} is neither a file nor a directory`;
    throw unreadable(WHERE, isLinkOfDocker ? OF_DOCKER : what);
  }
  if (name.startsWith("/") || name.split("/").includes("..")) {
    throw unreadable(WHERE, `${quoted(name)} leads out of it`);
  }
  return name.replace(/^(?:\.\/)+/, "");
}

async function gather({ size, body }: TarEntry, name: string): Promise<Buffer> {
  if (size > LARGEST_DOCUMENT_BYTES) {
    throw unreadable(WHERE, `${name} has ${size} bytes, more than ${LARGEST_DOCUMENT_BYTES}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
