/** What a registry may cost us in time, bytes and tries. Times in milliseconds, sizes in bytes. */
export type RegistryLimits = {
  readonly connectMs: number;
  readonly headersMs: number;
  /** The longest silence inside a body. */
  readonly idleBodyMs: number;
  /** A blob must bring `minimumRate.bytesPerSecond` over each `windowMs` spent waiting for it. */
  readonly minimumRate: { readonly bytesPerSecond: number; readonly windowMs: number };
  /** A whole manifest, config or token answer, redirects and login included. */
  readonly documentMs: number;
  readonly tries: number;
  readonly backoffMs: number;
  readonly backoffCapMs: number;
  /** A registry that asks for a longer wait by Retry-After is given up. */
  readonly retryAfterCapMs: number;
  readonly circuitFailures: number;
  readonly circuitOpenMs: number;
  readonly quarantineMs: number;
  readonly redirects: number;
  readonly headerBytes: number;
  /** What the distribution specification asks everyone to support. */
  readonly manifestBytes: number;
  readonly smallBlobBytes: number;
  readonly tokenBytes: number;
  readonly errorBytes: number;
  /** Connections to one origin; more requests wait for a free one. */
  readonly connections: number;
};

export const defaultRegistryLimits: RegistryLimits = {
  connectMs: 5_000,
  headersMs: 30_000,
  idleBodyMs: 30_000,
  minimumRate: { bytesPerSecond: 16 * 1024, windowMs: 60_000 },
  documentMs: 30_000,
  tries: 5,
  backoffMs: 250,
  backoffCapMs: 3_000,
  retryAfterCapMs: 60_000,
  circuitFailures: 10,
  circuitOpenMs: 30_000,
  quarantineMs: 600_000,
  redirects: 10,
  headerBytes: 16 * 1024,
  manifestBytes: 4 * 1024 * 1024,
  smallBlobBytes: 8 * 1024 * 1024,
  tokenBytes: 64 * 1024,
  errorBytes: 64 * 1024,
  connections: 16,
};
