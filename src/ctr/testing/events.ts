import type { ProgressEvent__Output, Step, Totals__Output } from "../../api/index.ts";

/** The 64 hex digits of a test's layer: "a" -> "aaaa...". */
export const aHex = (digit: string): string => digit.repeat(64);
export const aDigest = (digit: string): string => `sha256:${aHex(digit)}`;

export const anEvent = (
  step: Step,
  about: Partial<Omit<ProgressEvent__Output, "step">> = {},
): ProgressEvent__Output => ({
  step,
  reference: "docker.io/library/busybox:latest",
  digest: "",
  completedBytes: 0,
  totalBytes: 0,
  bytesPerSecond: 0,
  source: "SOURCE_UNSPECIFIED",
  text: "",
  totals: null,
  ...about,
});

export const someTotals = (totals: Partial<Totals__Output> = {}): Totals__Output => ({
  layers: 1,
  totalBytes: 4_800_000,
  registryBytes: 0,
  peerBytes: 0,
  localBytes: 0,
  resumedBytes: 0,
  ...totals,
});

const layer = { digest: aDigest("a"), totalBytes: 4_800_000 };
const image = { digest: aDigest("f") };

/** What a seeder tells while it fetches one layer from a registry. */
export const seederEvents: readonly ProgressEvent__Output[] = [
  anEvent("STEP_INSPECT"),
  anEvent("STEP_START_IMAGE", { ...image, totals: someTotals() }),
  anEvent("STEP_COPY_BLOB", layer),
  anEvent("STEP_PROGRESS", {
    ...layer,
    completedBytes: 2_400_000,
    bytesPerSecond: 1_200_000,
    source: "SOURCE_REGISTRY",
  }),
  anEvent("STEP_BLOB_DONE", { ...layer, source: "SOURCE_REGISTRY" }),
  anEvent("STEP_COPY_CONFIG", { digest: aDigest("c") }),
  anEvent("STEP_WRITE_MANIFEST", image),
  anEvent("STEP_START_SEEDING", { digest: layer.digest }),
  anEvent("STEP_SEEDING", { digest: layer.digest }),
  anEvent("STEP_DONE", { ...image, totals: someTotals({ registryBytes: 4_800_000 }) }),
];

/** What a leecher tells while it fetches one layer from peers and has another. */
export const leecherEvents: readonly ProgressEvent__Output[] = [
  anEvent("STEP_GET_LAYER_INFO"),
  anEvent("STEP_WAIT", { text: "Waiting for the seeder, up to 30s" }),
  anEvent("STEP_START_IMAGE", { ...image, totals: someTotals({ layers: 2 }) }),
  anEvent("STEP_LOCAL_BLOB", { digest: aDigest("b"), totalBytes: 1_000 }),
  anEvent("STEP_BLOB_DONE", { digest: aDigest("b"), totalBytes: 1_000 }),
  anEvent("STEP_GET_TORRENT", layer),
  anEvent("STEP_START_TORRENT", layer),
  anEvent("STEP_PROGRESS", { ...layer, completedBytes: 1_300_000, source: "SOURCE_PEER" }),
  anEvent("STEP_BLOB_DONE", { ...layer, source: "SOURCE_PEER" }),
  anEvent("STEP_COPY_TO_LAYOUT", { digest: layer.digest }),
  anEvent("STEP_COPY_CONFIG", { digest: aDigest("c") }),
  anEvent("STEP_WRITE_MANIFEST", image),
  anEvent("STEP_DONE", {
    ...image,
    totals: someTotals({ layers: 2, peerBytes: 4_800_000, localBytes: 1_000 }),
  }),
];
