import { createHash } from "node:crypto";
import { OciError } from "./errors.ts";

/** `sha256:` and 64 lower-case hex digits: the only algorithm that names content here (OCI image spec, descriptor.md). */
export type Digest = string & { readonly __brand: "Digest" };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function parseDigest(text: string): Digest {
  if (DIGEST.test(text)) return text as Digest;
  throw new OciError(
    "DIGEST_INVALID",
    `not a sha256 digest: ${JSON.stringify(text.slice(0, 100))}`,
  );
}

export const isDigest = (text: string): text is Digest => DIGEST.test(text);

export const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;

export const digestFromHex = (hex: string): Digest => parseDigest(`sha256:${hex}`);

/** The 64 hex digits alone: a blob's file name, and the name of its torrent. */
export const hexOf = (digest: Digest): string => digest.slice("sha256:".length);
