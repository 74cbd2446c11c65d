/** How much of its file system the store may take. */
export type StoreLimits = {
  /** What stays free, whatever comes; 0 to 90. */
  readonly minFreePercent: number;
  /** Most that the store may have. */
  readonly maxBytes: SizeLimit;
};

export type SizeLimit =
  | { readonly unit: "bytes"; readonly bytes: number }
  /** Of the file system. */
  | { readonly unit: "percent"; readonly percent: number };

export const bytesOf = (limit: SizeLimit, capacityBytes: number): number =>
  limit.unit === "bytes" ? limit.bytes : Math.floor((capacityBytes * limit.percent) / 100);
