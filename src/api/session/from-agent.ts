import type { Coverage__Output } from "../generated/ocitorrent/session/v1/Coverage.ts";
import type { FromAgent, FromAgent__Output } from "../generated/ocitorrent/session/v1/FromAgent.ts";
import type { Hello__Output } from "../generated/ocitorrent/session/v1/Hello.ts";
import type { LeaseReport__Output } from "../generated/ocitorrent/session/v1/LeaseReport.ts";
import type { Progress__Output } from "../generated/ocitorrent/session/v1/Progress.ts";
import type { RegistryCheck__Output } from "../generated/ocitorrent/session/v1/RegistryCheck.ts";
import type { Store__Output } from "../generated/ocitorrent/session/v1/Store.ts";
import {
  bytes,
  count,
  type Digest,
  digest,
  each,
  ipAddress,
  key,
  list,
  MessageError,
  nodeName,
  port,
  present,
  registryHost,
  sentence,
  token,
  type Why,
  why,
  word,
} from "./fields.ts";

// What an agent says, as src/api/proto/session.proto describes it field by field.

export type Store = {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly reservedBytes: number;
};
export type HeldBlob = { readonly digest: Digest; readonly size: number };
export type AssignedRevision = { readonly key: string; readonly revision: string };

export type Hello = {
  readonly node: string;
  readonly podUid: string;
  readonly version: string;
  readonly epoch: number;
  readonly addresses: readonly string[];
  readonly peerPort: number;
  readonly grpcPort: number;
  readonly store: Store;
  readonly held: readonly HeldBlob[];
  readonly assigned: readonly AssignedRevision[];
};
export type Heartbeat = { readonly store: Store };

export const IMAGE_STATES = [
  "Waiting",
  "Fetching",
  "Stored",
  "Loading",
  "Ready",
  "Failed",
  "Releasing",
] as const;
/** Bytes that are here, by where they came from. */
export type SourceBytes = {
  readonly registryBytes: number;
  readonly peerBytes: number;
  readonly localBytes: number;
};
export type LayerProgress = SourceBytes & {
  readonly digest: Digest;
  readonly completedBytes: number;
  readonly size: number;
};
export type Progress = AssignedRevision &
  Why &
  SourceBytes & {
    readonly state: (typeof IMAGE_STATES)[number];
    readonly layers: readonly LayerProgress[];
    readonly completedBytes: number;
    readonly totalBytes: number;
    readonly bytesPerSecond: number;
  };
export type Coverage = {
  readonly digest: Digest;
  readonly size: number;
  readonly generation: number;
  readonly pieceCount: number;
  /** One bit a piece, the first is the highest of the first byte; empty when it has none. */
  readonly pieces: Uint8Array;
};
export type LeaseReport = Why & {
  readonly digest: Digest;
  readonly generation: number;
  readonly frontier: number;
  readonly registryBytes: number;
};
export type RegistryCheck = {
  readonly host: string;
  readonly reachable: boolean;
  /** Empty when it is reachable. */
  readonly message: string;
};

export type AgentMessage =
  | ({ readonly kind: "hello" } & Hello)
  | ({ readonly kind: "heartbeat" } & Heartbeat)
  | ({ readonly kind: "progress" } & Progress)
  | ({ readonly kind: "coverage" } & Coverage)
  | ({ readonly kind: "leaseReport" } & LeaseReport)
  | ({ readonly kind: "registryCheck" } & RegistryCheck);

export const MOST_HELD = 20_000;
export const MOST_IMAGES = 256;
export const MOST_PIECES = 65_536;

/**
 * Undefined for a kind that is not known here.
 * @throws MessageError
 */
export function parseFromAgent(wire: FromAgent__Output): AgentMessage | undefined {
  if (wire.hello) return { kind: "hello", ...parseHello(wire.hello) };
  if (wire.heartbeat) {
    return { kind: "heartbeat", store: parseStore("heartbeat.store", wire.heartbeat.store) };
  }
  if (wire.progress) return { kind: "progress", ...parseProgress(wire.progress) };
  if (wire.coverage) return { kind: "coverage", ...parseCoverage(wire.coverage) };
  if (wire.leaseReport) return { kind: "leaseReport", ...parseLeaseReport(wire.leaseReport) };
  if (wire.registryCheck) {
    return { kind: "registryCheck", ...parseRegistryCheck(wire.registryCheck) };
  }
  return undefined;
}

export function formatFromAgent({ kind, ...fields }: AgentMessage): FromAgent {
  return { [kind]: fields };
}

const parseHello = (wire: Hello__Output): Hello => ({
  node: nodeName("hello.node", wire.node),
  podUid: token("hello.pod_uid", wire.podUid, 64),
  version: token("hello.version", wire.version, 64),
  epoch: count("hello.epoch", wire.epoch, { min: 1 }),
  addresses: list("hello.addresses", wire.addresses, { min: 1, max: 4 }, ipAddress),
  peerPort: port("hello.peer_port", wire.peerPort),
  grpcPort: port("hello.grpc_port", wire.grpcPort),
  store: parseStore("hello.store", wire.store),
  held: each(
    "hello.held",
    list("hello.held", wire.held, { max: MOST_HELD }, (field, blob) => ({
      digest: digest(`${field}.digest`, blob.digest),
      size: count(`${field}.size`, blob.size),
    })),
    (blob) => blob.digest,
  ),
  assigned: each(
    "hello.assigned",
    list("hello.assigned", wire.assigned, { max: MOST_IMAGES }, parseRevision),
    (assigned) => assigned.key,
  ),
});

export const parseRevision = (field: string, wire: AssignedRevision): AssignedRevision => ({
  key: key(`${field}.key`, wire.key),
  revision: token(`${field}.revision`, wire.revision, 64),
});

function parseStore(field: string, wire: Store__Output | null): Store {
  const store = present(field, wire);
  return {
    capacityBytes: count(`${field}.capacity_bytes`, store.capacityBytes),
    usedBytes: count(`${field}.used_bytes`, store.usedBytes),
    freeBytes: count(`${field}.free_bytes`, store.freeBytes),
    reservedBytes: count(`${field}.reserved_bytes`, store.reservedBytes),
  };
}

const parseProgress = (wire: Progress__Output): Progress => ({
  ...parseRevision("progress", wire),
  ...why("progress", wire),
  state: word("progress.state", wire.state, IMAGE_STATES),
  layers: list("progress.layers", wire.layers, { max: 256 }, (field, layer) => ({
    digest: digest(`${field}.digest`, layer.digest),
    completedBytes: count(`${field}.completed_bytes`, layer.completedBytes),
    size: count(`${field}.size`, layer.size),
    ...parseSourceBytes(field, layer),
  })),
  completedBytes: count("progress.completed_bytes", wire.completedBytes),
  totalBytes: count("progress.total_bytes", wire.totalBytes),
  ...parseSourceBytes("progress", wire),
  bytesPerSecond: count("progress.bytes_per_second", wire.bytesPerSecond),
});

const parseSourceBytes = (field: string, wire: SourceBytes): SourceBytes => ({
  registryBytes: count(`${field}.registry_bytes`, wire.registryBytes),
  peerBytes: count(`${field}.peer_bytes`, wire.peerBytes),
  localBytes: count(`${field}.local_bytes`, wire.localBytes),
});

const parseCoverage = (wire: Coverage__Output): Coverage => {
  const pieceCount = count("coverage.piece_count", wire.pieceCount, { max: MOST_PIECES });
  return {
    digest: digest("coverage.digest", wire.digest),
    size: count("coverage.size", wire.size),
    generation: count("coverage.generation", wire.generation),
    pieceCount,
    pieces: parseBits("coverage.pieces", wire.pieces, pieceCount),
  };
};

function parseBits(field: string, bits: Uint8Array, bitCount: number): Uint8Array {
  if (bits.length === 0) return bits;
  const size = Math.ceil(bitCount / 8);
  bytes(field, bits, size, size);
  const spare = size * 8 - bitCount;
  if (((bits.at(-1) ?? 0) & ((1 << spare) - 1)) === 0) return bits;
  throw new MessageError(field, `bits are set beyond the ${bitCount} pieces that there are`);
}

const parseLeaseReport = (wire: LeaseReport__Output): LeaseReport => ({
  ...why("lease_report", wire),
  digest: digest("lease_report.digest", wire.digest),
  generation: count("lease_report.generation", wire.generation, { min: 1 }),
  frontier: count("lease_report.frontier", wire.frontier, { max: MOST_PIECES }),
  registryBytes: count("lease_report.registry_bytes", wire.registryBytes),
});

const parseRegistryCheck = (wire: RegistryCheck__Output): RegistryCheck => ({
  host: registryHost("registry_check.host", wire.host),
  reachable: wire.reachable,
  message: sentence("registry_check.message", wire.message),
});
