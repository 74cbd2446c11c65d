import { writeFile } from "node:fs/promises";
import {
  type Descriptor,
  type Digest,
  digestOf,
  formatReference,
  OCI_CONFIG,
  OCI_MANIFEST,
  OciError,
} from "../../oci/index.ts";
import type { LayerRequest, LayerSink, Origin } from "../origin.ts";

export type TestImage = { readonly top: Descriptor; readonly layers: readonly Descriptor[] };

/** A place that images come from, all in memory; it says what it was asked, and a test can hold its layers back. */
export function anOrigin() {
  const blobs = new Map<Digest, Buffer>();
  const tags = new Map<string, Descriptor>();
  const asked: string[] = [];
  const hooks: { onLayer?(request: LayerRequest, signal: AbortSignal): Promise<void> } = {};

  const keep = (mediaType: string, content: string): Descriptor => {
    const bytes = Buffer.from(content);
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };

  const bytesOf = ({ digest }: Descriptor): Buffer => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new OciError("REGISTRY_NOT_FOUND", `no ${digest} here`);
    return bytes;
  };

  const origin: Origin = {
    kind: "registry",
    async resolve(reference) {
      asked.push("resolve");
      const descriptor = tags.get(formatReference(reference));
      if (descriptor === undefined) {
        throw new OciError("REGISTRY_NOT_FOUND", `no ${formatReference(reference)} here`);
      }
      return { descriptor, bytes: bytesOf(descriptor), trackers: [] };
    },
    async document(_reference, descriptor) {
      asked.push(`document ${descriptor.digest}`);
      return bytesOf(descriptor);
    },
    async layer(request: LayerRequest, sink: LayerSink, signal: AbortSignal) {
      asked.push(`layer ${request.layer.digest}`);
      sink.step("STEP_COPY_BLOB");
      await hooks.onLayer?.(request, signal);
      const bytes = bytesOf(request.layer);
      await writeFile(sink.file, bytes);
      return { registryBytes: bytes.length, peerBytes: 0, resumedBytes: 0 };
    },
    async close() {},
  };

  return {
    origin,
    asked,
    hooks,
    /** Makes an image of these layers and lets the tag name it. */
    push(tag: string, contents: readonly string[]): TestImage {
      const layers = contents.map((content) =>
        keep("application/vnd.oci.image.layer.v1.tar", content),
      );
      const config = keep(
        OCI_CONFIG,
        JSON.stringify({ os: "linux", architecture: "amd64", contents }),
      );
      const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
      const top = keep(OCI_MANIFEST, JSON.stringify(manifest));
      tags.set(tag, top);
      return { top, layers };
    },
    untag: (tag: string) => tags.delete(tag),
  };
}
