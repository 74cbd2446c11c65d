export type { Descriptor, Platform } from "./descriptor.ts";
export { type Digest, digestFromHex, digestOf, hexOf, isDigest, parseDigest } from "./digest.ts";
export { OciError, type OciErrorCode } from "./errors.ts";
export { layoutPath } from "./layout-path.ts";
export { quoted } from "./quoted.ts";
export {
  familiarName,
  familiarReference,
  formatReference,
  isTag,
  parseReference,
  type Reference,
  withDigest,
} from "./reference.ts";
export { parseSource, type Source } from "./source.ts";
