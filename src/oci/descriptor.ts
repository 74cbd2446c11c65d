import type { Digest } from "./digest.ts";

/** A platform as an index names it (OCI image spec, image-index.md). */
export type Platform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
};

/** What is enough to fetch and check a piece of content (OCI image spec, descriptor.md). `size` in bytes. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
};
