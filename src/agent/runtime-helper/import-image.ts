import { type Digest, OciError, parseDescribed } from "../../oci/index.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { RuntimeError } from "./errors.ts";
import { loadedLabels } from "./image-labels.ts";
import type { Labels, Target } from "./image-names.ts";
import { type LoadDeps, untilSeen } from "./load-image.ts";
import type { NamedImage } from "./requests.ts";

/** A blob of an image that is written into the runtime's store. */
export type ImportedBlob = {
  readonly digest: Digest;
  readonly size: number;
  /** Of a manifest or an index. */
  readonly mediaType?: string;
  readonly bytes: AsyncIterable<Uint8Array>;
};

export type Import = {
  readonly image: NamedImage;
  readonly pin: boolean;
  /** Whatever one refers to comes before it. Each is read to its end before the next one. */
  readonly blobs: AsyncIterable<ImportedBlob>;
};

export type ImportDeps = LoadDeps & { readonly runtime: Pick<ContainerRuntime, "content"> };

/**
 * Writes the image into the runtime's store under its names, for a runtime that cannot reach the mirror. The runtime unpacks it when its first
 * container starts.
 */
export async function importImage(
  deps: ImportDeps,
  { image, pin, blobs }: Import,
  signal: AbortSignal,
): Promise<void> {
  await withImported(deps, image.digest, blobs, signal, async (target) => {
    for (const name of image.names) {
      await deps.runtime.names.set({ name, target, labels: loadedLabels(pin) }, signal);
    }
  });
  await untilSeen(deps, image, signal);
}

/** Writes the blobs, and acts while nothing of them can be collected. */
export async function withImported(
  { runtime: { content } }: Pick<ImportDeps, "runtime">,
  digest: Digest,
  blobs: AsyncIterable<ImportedBlob>,
  signal: AbortSignal,
  act: (target: Target) => Promise<void>,
): Promise<void> {
  const lease = await content.lease(signal);
  try {
    const written = new Set<Digest>();
    let target: Target | undefined;
    for await (const blob of blobs) {
      const { size, mediaType } = blob;
      if (mediaType === undefined) {
        await content.write(lease, { ...blob, labels: {} }, blob.bytes, signal);
      } else {
        const bytes = await wholeOf(blob);
        const labels = referencesIn(bytes, { ...blob, mediaType }, written);
        await content.write(lease, { ...blob, labels }, asOne(bytes), signal);
        if (blob.digest === digest) target = { digest, size, mediaType };
      }
      written.add(blob.digest);
    }
    if (target === undefined) {
      throw new RuntimeError("REQUEST_INVALID", `the import of ${digest} ended without it`);
    }
    await act(target);
  } finally {
    // Also when the caller has gone meanwhile; where it fails, the lease ends by itself.
    await content.release(lease, AbortSignal.timeout(RELEASE_MS)).catch(() => {});
  }
}

const RELEASE_MS = 10_000;

/** As large as a registry's manifests may be. */
const MOST_DOCUMENT_BYTES = 4 * 1024 * 1024;

async function wholeOf({ digest, size, bytes }: ImportedBlob): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > Math.min(size, MOST_DOCUMENT_BYTES)) {
      throw new RuntimeError("REQUEST_INVALID", `${digest} has more bytes than it should`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function* asOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Labels by which containerd's garbage collection finds what a document refers to (containerd, docs/garbage-collection.md). Only of what is here: of an
 * index, one platform alone is brought.
 */
function referencesIn(
  bytes: Uint8Array,
  descriptor: Parameters<typeof parseDescribed>[1],
  written: ReadonlySet<Digest>,
): Labels {
  const document = parsed(bytes, descriptor);
  const ways =
    document.kind === "index"
      ? document.manifests.map(({ digest }, at) => [`m.${at}`, digest] as const)
      : [
          ["config", document.config.digest] as const,
          ...document.layers.map(({ digest }, at) => [`l.${at}`, digest] as const),
        ];
  return Object.fromEntries(
    ways
      .filter(([, digest]) => written.has(digest))
      .map(([way, digest]) => [`containerd.io/gc.ref.content.${way}`, digest]),
  );
}

function parsed(...described: Parameters<typeof parseDescribed>) {
  try {
    return parseDescribed(...described);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new RuntimeError("REQUEST_INVALID", error.message, { cause: error });
  }
}
