export { registryHostKind } from "./config/network-kinds.ts";
export { rateKind } from "./config/quantity-kinds.ts";
export { createMirror, type Mirror, type MirrorAccess, type MirrorOptions } from "./mirror.ts";
export { createLayoutSource, type LayoutSourceOptions } from "./mirror-layout.ts";
export type { MirrorBlob, MirrorManifest, MirrorSource } from "./mirror-source.ts";
