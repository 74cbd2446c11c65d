import type { Assign__Output } from "../generated/ocitorrent/session/v1/Assign.ts";
import type { Credential__Output } from "../generated/ocitorrent/session/v1/Credential.ts";
import type { Issuer__Output } from "../generated/ocitorrent/session/v1/Issuer.ts";
import type { Lease__Output } from "../generated/ocitorrent/session/v1/Lease.ts";
import type { Peers__Output } from "../generated/ocitorrent/session/v1/Peers.ts";
import type { Rates__Output } from "../generated/ocitorrent/session/v1/Rates.ts";
import type { ToAgent, ToAgent__Output } from "../generated/ocitorrent/session/v1/ToAgent.ts";
import {
  bytes,
  count,
  type Digest,
  digest,
  each,
  ipAndPort,
  key,
  list,
  MessageError,
  nodeName,
  present,
  registryHost,
  repositoryPath,
  text,
  token,
  word,
} from "./fields.ts";
import { type AssignedRevision, MOST_PIECES, parseRevision } from "./from-agent.ts";

// What the controller says, as src/api/proto/session.proto describes it field by field.

export type Rates = { readonly upload: number; readonly download: number };
/** What can change of an image while it is brought. */
export type ImageLimits = {
  readonly rates: Rates;
  readonly priority: number;
  readonly retainSeconds: number;
};
export type AssignedBlob = {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly rank: number;
};
export type Assign = AssignedRevision &
  ImageLimits & {
    readonly reference: string;
    readonly digest: Digest;
    readonly platform: string;
    readonly role: "Seeder" | "Leecher";
    readonly load: "Always" | "Never";
    readonly pin: "Never" | "WhileWanted";
    readonly blobs: readonly AssignedBlob[];
    /** Empty when the reference names the manifest itself. */
    readonly index: Uint8Array;
    readonly manifest: Uint8Array;
    readonly config: Uint8Array;
  };
export type Release = { readonly key: string };
export type Lease = {
  readonly digest: Digest;
  readonly generation: number;
  readonly fromPiece: number;
  readonly repository: string;
};
export type Revoke = Pick<Lease, "digest" | "generation">;
export type RegistryLogin =
  | { readonly bearerToken: string }
  | { readonly basic: { readonly username: string; readonly password: string } };
export type RegistryCredential = {
  readonly host: string;
  readonly repository: string;
  /** Absent to take back the one before. */
  readonly login?: RegistryLogin;
  /** 0 when it does not end. */
  readonly expiresAtMs: number;
};
export type Trackers = { readonly urls: readonly string[] };
export type Peers = {
  readonly digest: Digest;
  readonly peers: readonly { readonly node: string; readonly address: string }[];
};
export type Issuer = {
  readonly digest: Digest;
  readonly generation: number;
  readonly node: string;
  readonly address: string;
};
export type Limits = ImageLimits & { readonly key: string };
export type Bundle = { readonly certificates: string };
export type Pace = { readonly statusSeconds: number };

export type ControllerMessage =
  | ({ readonly kind: "assign" } & Assign)
  | ({ readonly kind: "release" } & Release)
  | ({ readonly kind: "lease" } & Lease)
  | ({ readonly kind: "revoke" } & Revoke)
  | ({ readonly kind: "credential" } & RegistryCredential)
  | ({ readonly kind: "trackers" } & Trackers)
  | ({ readonly kind: "peers" } & Peers)
  | ({ readonly kind: "issuer" } & Issuer)
  | ({ readonly kind: "limits" } & Limits)
  | ({ readonly kind: "bundle" } & Bundle)
  | ({ readonly kind: "pace" } & Pace);

const LONGEST_RETENTION = 30 * 24 * 60 * 60;
/** Seconds between two writes of a node's status, unless the controller has told another pace. */
export const STATUS_SECONDS = 5;
const MOST_STATUS_SECONDS = 3_600;
export const MOST_BLOBS = 257;
export const MOST_DOCUMENT_BYTES = 3 * 1024 * 1024;
export const MOST_BUNDLE_CHARACTERS = 64 * 1024;

/**
 * Undefined for a kind that is not known here.
 * @throws MessageError
 */
export function parseToAgent(wire: ToAgent__Output): ControllerMessage | undefined {
  if (wire.assign) return { kind: "assign", ...parseAssign(wire.assign) };
  if (wire.release) return { kind: "release", key: key("release.key", wire.release.key) };
  if (wire.lease) return { kind: "lease", ...parseLease(wire.lease) };
  if (wire.revoke) return { kind: "revoke", ...parseGeneration("revoke", wire.revoke) };
  if (wire.credential) return { kind: "credential", ...parseCredential(wire.credential) };
  if (wire.trackers) {
    return { kind: "trackers", urls: list("trackers.urls", wire.trackers.urls, { max: 16 }, url) };
  }
  if (wire.peers) return { kind: "peers", ...parsePeers(wire.peers) };
  if (wire.issuer) return { kind: "issuer", ...parseIssuer(wire.issuer) };
  if (wire.limits) {
    const imageKey = key("limits.key", wire.limits.key);
    return { kind: "limits", key: imageKey, ...parseImageLimits("limits", wire.limits) };
  }
  if (wire.bundle) {
    const certificates = pem("bundle.certificates", wire.bundle.certificates);
    return { kind: "bundle", certificates };
  }
  if (wire.pace) {
    const range = { min: 1, max: MOST_STATUS_SECONDS };
    return {
      kind: "pace",
      statusSeconds: count("pace.status_seconds", wire.pace.statusSeconds, range),
    };
  }
  return undefined;
}

export function formatToAgent(message: ControllerMessage): ToAgent {
  if (message.kind === "credential") {
    const { kind: _, login, ...fields } = message;
    return { credential: { ...fields, ...login } };
  }
  const { kind, ...fields } = message;
  return { [kind]: fields };
}

function parseAssign(wire: Assign__Output): Assign {
  const documents = wire.index.length + wire.manifest.length + wire.config.length;
  count("assign.index, manifest and config in bytes", documents, { max: MOST_DOCUMENT_BYTES });
  return {
    ...parseRevision("assign", wire),
    reference: token("assign.reference", wire.reference, 512),
    digest: digest("assign.digest", wire.digest),
    platform: token("assign.platform", wire.platform, 64),
    role: word("assign.role", wire.role, ["Seeder", "Leecher"]),
    load: word("assign.load", wire.load, ["Always", "Never"]),
    // Controllers of before it was there said nothing.
    pin: word("assign.pin", wire.pin || "Never", ["Never", "WhileWanted"]),
    ...parseImageLimits("assign", wire),
    blobs: each(
      "assign.blobs",
      list("assign.blobs", wire.blobs, { min: 1, max: MOST_BLOBS }, (field, blob) => ({
        digest: digest(`${field}.digest`, blob.digest),
        size: count(`${field}.size`, blob.size),
        mediaType: token(`${field}.media_type`, blob.mediaType, 255),
        rank: count(`${field}.rank`, blob.rank, { max: 65_535 }),
      })),
      (blob) => blob.digest,
    ),
    index: wire.index,
    manifest: bytes("assign.manifest", wire.manifest, MOST_DOCUMENT_BYTES, 1),
    config: bytes("assign.config", wire.config, MOST_DOCUMENT_BYTES, 1),
  };
}

const parseImageLimits = (
  field: string,
  wire: Pick<Assign__Output, "rates" | "priority" | "retainSeconds">,
): ImageLimits => ({
  rates: parseRates(`${field}.rates`, wire.rates),
  priority: count(`${field}.priority`, wire.priority, { min: -100, max: 100 }),
  retainSeconds: count(`${field}.retain_seconds`, wire.retainSeconds, { max: LONGEST_RETENTION }),
});

function parseRates(field: string, wire: Rates__Output | null): Rates {
  const rates = present(field, wire);
  return {
    upload: count(`${field}.upload`, rates.upload),
    download: count(`${field}.download`, rates.download),
  };
}

const parseGeneration = (field: string, wire: { digest: string; generation: number }): Revoke => ({
  digest: digest(`${field}.digest`, wire.digest),
  generation: count(`${field}.generation`, wire.generation, { min: 1 }),
});

const parseLease = (wire: Lease__Output): Lease => ({
  ...parseGeneration("lease", wire),
  fromPiece: count("lease.from_piece", wire.fromPiece, { max: MOST_PIECES - 1 }),
  repository: token("lease.repository", wire.repository, 512),
});

function parseCredential(wire: Credential__Output): RegistryCredential {
  const login = parseLogin(wire);
  return {
    host: registryHost("credential.host", wire.host),
    repository: repositoryPath("credential.repository", wire.repository),
    ...(login === undefined ? {} : { login }),
    expiresAtMs: count("credential.expires_at_ms", wire.expiresAtMs),
  };
}

function parseLogin({ bearerToken, basic }: Credential__Output): RegistryLogin | undefined {
  // Never a word of what was sent: it is a secret.
  const secret = (field: string, value: string, min: number, max: number) => {
    if (value.length >= min && value.length <= max) return value;
    throw new MessageError(field, `${value.length} characters, and ${min} to ${max} are allowed`);
  };
  if (basic) {
    return {
      basic: {
        username: secret("credential.basic.username", basic.username, 0, 1024),
        password: secret("credential.basic.password", basic.password, 0, 16 * 1024),
      },
    };
  }
  if (!bearerToken) return undefined;
  return { bearerToken: secret("credential.bearer_token", bearerToken, 1, 64 * 1024) };
}

const url = (field: string, value: string): string =>
  text(field, value, { max: 512, like: /^https?:\/\/[\x21-\x7e]+$/ });

const parsePeers = (wire: Peers__Output): Peers => ({
  digest: digest("peers.digest", wire.digest),
  peers: list("peers.peers", wire.peers, { max: 64 }, (field, peer) => ({
    node: nodeName(`${field}.node`, peer.node),
    address: ipAndPort(`${field}.address`, peer.address),
  })),
});

const parseIssuer = (wire: Issuer__Output): Issuer => ({
  ...parseGeneration("issuer", wire),
  node: nodeName("issuer.node", wire.node),
  address: ipAndPort("issuer.address", wire.address),
});

/** PEM certificates, not looked into. */
export const pem = (field: string, value: string, max: number = MOST_BUNDLE_CHARACTERS): string =>
  text(field, value, { max, like: /^\s*-----BEGIN CERTIFICATE-----/ });
