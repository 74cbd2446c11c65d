import { createLayoutSource, createMirror, type MirrorAccess } from "../src/agent/index.ts";
import type { Descriptor } from "../src/oci/index.ts";
import type { BuiltImage, ImageBuilder } from "./image-builder.ts";

const REPOSITORY = "demo/app";

/** A registry on loopback with images that were built here. */
export type DemoRegistry = {
  readonly host: string;
  reference(image: BuiltImage): string;
  /** By its own access log: bytes of manifests, configs and layers that it has given away. */
  givenBytes(): number;
  close(): Promise<void>;
};

export async function serveImages({ directory, blobs }: ImageBuilder): Promise<DemoRegistry> {
  const log: MirrorAccess[] = [];
  const mirror = await createMirror({
    listen: { host: "127.0.0.1", port: 0 },
    source: createLayoutSource({ repository: REPOSITORY, directory, blobs }),
    onAccess: (access) => log.push(access),
  });
  const host = `${mirror.host}:${mirror.port}`;
  return {
    host,
    reference: ({ tag }) => `${host}/${REPOSITORY}:${tag}`,
    givenBytes: () => log.filter(isContent).reduce((sum, { bytes }) => sum + bytes, 0),
    close: () => mirror.close(),
  };
}

const isContent = ({ path, status }: MirrorAccess): boolean =>
  (status === 200 || status === 206) && /^\/v2\/.+\/(?:manifests|blobs)\//.test(path);

/** Bytes of everything that these images are made of, each blob once. */
export function contentBytes(images: readonly BuiltImage[]): number {
  const all = images.flatMap(({ manifest, config, layers }): Descriptor[] => [
    manifest,
    config,
    ...layers.map(({ descriptor }) => descriptor),
  ]);
  const once = new Map(all.map(({ digest, size }) => [digest, size]));
  return [...once.values()].reduce((sum, size) => sum + size, 0);
}
