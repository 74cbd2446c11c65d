import type { Digest } from "../../oci/index.ts";
import type { LoadableImage } from "./loadable-image.ts";

/** A blob of an image, in the words of runtime.proto. */
export type ImagePart = {
  readonly blob: { readonly digest: Digest; readonly size: number; readonly mediaType: string };
  readonly bytes: AsyncIterable<Uint8Array>;
};

/** All that an image consists of; whatever one refers to comes before it. Each is opened when its bytes are asked for. */
export function imageParts({ documents, content }: LoadableImage): readonly ImagePart[] {
  const blobs = [...content].map(([digest, { size, open }]) => ({
    blob: { digest, size, mediaType: "" },
    bytes: opened(open),
  }));
  const named = documents.toReversed().map(({ descriptor, bytes }) => {
    const { digest, size, mediaType } = descriptor;
    return { blob: { digest, size, mediaType }, bytes: one(bytes) };
  });
  return [...blobs, ...named];
}

async function* opened(open: () => Promise<AsyncIterable<Uint8Array>>) {
  yield* await open();
}

async function* one(bytes: Uint8Array) {
  yield bytes;
}
