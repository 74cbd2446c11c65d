import type { ProgressEvent__Output, Step, Totals__Output } from "../src/api/index.ts";

const NO_TOTALS: Totals__Output = {
  layers: 0,
  totalBytes: 0,
  registryBytes: 0,
  peerBytes: 0,
  localBytes: 0,
  resumedBytes: 0,
};

export const someTotals = (some: Partial<Totals__Output>): Totals__Output => ({
  ...NO_TOTALS,
  ...some,
});

/** A daemon's event, for tests. */
export const anEvent = (
  step: Step,
  some: Partial<ProgressEvent__Output> = {},
): ProgressEvent__Output => ({
  step,
  reference: "registry.example/app:1",
  digest: "",
  completedBytes: 0,
  totalBytes: 0,
  bytesPerSecond: 0,
  source: "SOURCE_UNSPECIFIED",
  text: "",
  totals: null,
  ...some,
});
