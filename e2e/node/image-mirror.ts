// The agent's mirror in a test's own process, with images of a layout: it says who asked for what.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createMirror,
  createMirrorPasses,
  type LoadableImage,
  type Mirror,
  type MirrorAccess,
  type MirrorLogin,
  storedBlob,
} from "../../src/agent/index.ts";
import { createBlobStore, type Digest, digestOf, parseDigest } from "../../src/oci/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import type { BlobRecord, ImageRecord } from "../support/images.ts";

export type ImageMirror = {
  readonly mirror: Mirror;
  /** Where, and with a new pass to this image. */
  login(image: LoadableImage): MirrorLogin;
  readonly asked: readonly MirrorAccess[];
};

export async function startImageMirror(scope: Scope): Promise<ImageMirror> {
  const passes = createMirrorPasses(() => performance.now());
  const asked: MirrorAccess[] = [];
  const mirror = await createMirror({
    listen: { host: "127.0.0.1", port: 0 },
    source: passes.gate,
    onAccess: (access) => asked.push(access),
  });
  atEnd(scope, () => mirror.close());
  const address = `${mirror.host}:${mirror.port}`;
  return {
    mirror,
    asked,
    login: (image) => {
      const { username, password } = passes.issue(image);
      return { address, username, password };
    },
  };
}

/** An image that was made for a test, as the agent gives one to the mirror. */
export async function loadable(image: ImageRecord): Promise<LoadableImage> {
  const blobs = await createBlobStore(image.layout);
  const descriptor = describe(image.manifest);
  const bytes = readFileSync(join(image.layout, "blobs", image.manifest.digest.replace(":", "/")));
  return {
    digest: descriptor.digest,
    documents: [{ descriptor, bytes }],
    content: new Map(
      [image.config, ...image.layers]
        .map(describe)
        .map((blob): [Digest, ReturnType<typeof storedBlob>] => [
          blob.digest,
          storedBlob(blobs, blob),
        ]),
    ),
  };
}

const describe = ({ mediaType, digest, size }: BlobRecord) => ({
  mediaType,
  digest: parseDigest(digest),
  size,
});

/** The same image below an index, as multi-platform images are. */
export function withIndex(image: LoadableImage, others: readonly object[]): LoadableImage {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const [document] = image.documents;
  const platform = { os: "linux", architecture: "amd64" };
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      manifests: [{ ...document?.descriptor, platform }, ...others],
    }),
  );
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return {
    ...image,
    digest: descriptor.digest,
    documents: [{ descriptor, bytes }, ...image.documents],
  };
}
