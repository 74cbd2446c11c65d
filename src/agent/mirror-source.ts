import type { Readable } from "node:stream";
import type { ByteRange, Descriptor, Digest } from "../oci/index.ts";

export type MirrorManifest = { readonly descriptor: Descriptor; readonly bytes: Uint8Array };

export type MirrorBlob = {
  /** Of the whole blob, in bytes. */
  readonly size: number;
  open(range?: ByteRange): Promise<Readable>;
};

/** Where a mirror takes content from. Every name it is asked for follows the grammar. */
export interface MirrorSource {
  /** Whether it stands for this registry, as containerd names it in `ns` to a mirror. */
  servesRegistry(host: string): boolean;
  hasRepository(repository: string): Promise<boolean>;
  /** `which` is a tag or a digest. */
  manifest(repository: string, which: string): Promise<MirrorManifest | undefined>;
  /** A config or a layer; a manifest is no blob here. */
  blob(repository: string, digest: Digest): Promise<MirrorBlob | undefined>;
}

/** What to give to whoever sends this Authorization header; undefined asks for one that is good. */
export type MirrorGate = (authorization: string | undefined) => MirrorSource | undefined;
