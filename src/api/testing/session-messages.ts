import type { Digest } from "../session/fields.ts";
import type { AgentMessage } from "../session/from-agent.ts";
import type { ControllerMessage } from "../session/from-controller.ts";

export const aDigest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;

const store = { capacityBytes: 100, usedBytes: 30, freeBytes: 60, reservedBytes: 10 };
const revision = { key: "team-a/app/5b6c0d3e-1f2a", revision: "r1" };
const limits = { rates: { upload: 1_000, download: 0 }, priority: -5, retainSeconds: 60 };
const certificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

type MessageOf<Union extends { readonly kind: string }, Kind extends Union["kind"]> = Extract<
  Union,
  { readonly kind: Kind }
>;

/** A right message of each kind that agents send. */
export const agentMessages: {
  readonly [Kind in AgentMessage["kind"]]: MessageOf<AgentMessage, Kind>;
} = {
  hello: {
    kind: "hello",
    node: "node-1.example",
    podUid: "0a1b",
    version: "0.1.0",
    epoch: 3,
    addresses: ["10.0.0.1", "fd00::1"],
    peerPort: 6880,
    grpcPort: 6884,
    store,
    held: [{ digest: aDigest("a"), size: 2 ** 40 }],
    assigned: [revision],
  },
  heartbeat: { kind: "heartbeat", store },
  progress: {
    kind: "progress",
    ...revision,
    state: "Waiting",
    reason: "InsufficientDisk",
    message: "3 GiB are missing",
    layers: [
      {
        digest: aDigest("b"),
        completedBytes: 1,
        size: 2,
        registryBytes: 0,
        peerBytes: 1,
        localBytes: 0,
      },
    ],
    completedBytes: 1,
    totalBytes: 2,
    registryBytes: 0,
    peerBytes: 1,
    localBytes: 0,
    bytesPerSecond: 7,
  },
  coverage: {
    kind: "coverage",
    digest: aDigest("c"),
    size: 11 * 256 * 1024,
    generation: 0,
    pieceCount: 11,
    pieces: Buffer.of(0xff, 0xe0),
  },
  leaseReport: {
    kind: "leaseReport",
    digest: aDigest("c"),
    generation: 2,
    frontier: 4,
    registryBytes: 10,
    reason: "Unauthorized",
    message: "the registry wants a login",
  },
  registryCheck: {
    kind: "registryCheck",
    host: "registry.example:5000",
    reachable: false,
    message: "it does not answer",
  },
};

/** A right message of each kind that the controller sends. */
export const controllerMessages: {
  readonly [Kind in ControllerMessage["kind"]]: MessageOf<ControllerMessage, Kind>;
} = {
  assign: {
    kind: "assign",
    ...revision,
    reference: "docker.io/library/busybox:latest",
    digest: aDigest("d"),
    platform: "linux/arm64/v8",
    role: "Seeder",
    load: "Never",
    pin: "Never",
    blobs: [{ digest: aDigest("e"), size: 12, mediaType: "application/layer", rank: 1 }],
    index: Buffer.of(),
    manifest: Buffer.from("{}"),
    config: Buffer.from("{ }"),
    ...limits,
  },
  release: { kind: "release", key: revision.key },
  lease: {
    kind: "lease",
    digest: aDigest("e"),
    generation: 1,
    fromPiece: 0,
    repository: "registry.example:5000/team/app",
  },
  revoke: { kind: "revoke", digest: aDigest("e"), generation: 1 },
  credential: {
    kind: "credential",
    host: "registry.example:5000",
    repository: "team/app",
    login: { bearerToken: "a-bearer-token" },
    expiresAtMs: 1_900_000_000_000,
  },
  trackers: { kind: "trackers", urls: ["http://10.0.0.9:6882/announce"] },
  peers: {
    kind: "peers",
    digest: aDigest("e"),
    peers: [{ node: "node-2", address: "[fd00::2]:6880" }],
  },
  issuer: {
    kind: "issuer",
    digest: aDigest("e"),
    generation: 1,
    node: "node-2",
    address: "10.0.0.2:6884",
  },
  limits: { kind: "limits", key: revision.key, ...limits },
  bundle: { kind: "bundle", certificates: certificate },
  pace: { kind: "pace", statusSeconds: 40 },
};
