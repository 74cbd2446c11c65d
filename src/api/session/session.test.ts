import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FromAgent } from "../generated/ocitorrent/session/v1/FromAgent.ts";
import type { ToAgent } from "../generated/ocitorrent/session/v1/ToAgent.ts";
import { controllerMethods } from "../service.ts";
import { aDigest, agentMessages, controllerMessages } from "../testing/session-messages.ts";
import { toSentence } from "./fields.ts";
import { type AgentMessage, formatFromAgent, MOST_HELD, parseFromAgent } from "./from-agent.ts";
import {
  type ControllerMessage,
  formatToAgent,
  MOST_DOCUMENT_BYTES,
  parseToAgent,
} from "./from-controller.ts";
import { parseSignedAgent, parseSigningRequest } from "./signing.ts";

const { Session } = controllerMethods;
const overWire = {
  fromAgent: (wire: FromAgent) =>
    parseFromAgent(Session.requestDeserialize(Session.requestSerialize(wire))),
  toAgent: (wire: ToAgent) =>
    parseToAgent(Session.responseDeserialize(Session.responseSerialize(wire))),
};

const withoutKind = <Fields extends { readonly kind: string }>({ kind: _, ...fields }: Fields) =>
  fields;

describe("what an agent says", () => {
  for (const message of Object.values<AgentMessage>(agentMessages)) {
    it(`arrives as it was sent: ${message.kind}`, () => {
      assert.deepEqual(overWire.fromAgent(formatFromAgent(message)), message);
    });
  }

  it("is passed over when it is of a kind that is not known", () => {
    assert.equal(overWire.fromAgent({}), undefined);
  });

  it("has no reason where nothing is wrong", () => {
    const { reason: _, message: __, ...fine } = agentMessages.progress;
    const arrived = overWire.fromAgent(formatFromAgent({ ...fine, state: "Ready" }));
    assert.deepEqual(arrived, { ...fine, state: "Ready" });
  });

  const { held, store } = agentMessages.hello;
  const wrong: readonly (readonly [string, string, keyof typeof agentMessages, object])[] = [
    ["a node's name in capitals", "hello.node", "hello", { node: "Node" }],
    ["a node's name that is too long", "hello.node", "hello", { node: "n".repeat(254) }],
    ["no pod", "hello.pod_uid", "hello", { podUid: "" }],
    ["a version with a space", "hello.version", "hello", { version: "0 1" }],
    ["an epoch of 0", "hello.epoch", "hello", { epoch: 0 }],
    ["an epoch beyond what counts exactly", "hello.epoch", "hello", { epoch: 2 ** 53 }],
    ["no address", "hello.addresses", "hello", { addresses: [] }],
    ["five addresses", "hello.addresses", "hello", { addresses: Array(5).fill("10.0.0.1") }],
    ["a host's name as address", "hello.addresses[0]", "hello", { addresses: ["node-1"] }],
    ["port 0", "hello.peer_port", "hello", { peerPort: 0 }],
    ["port 65536", "hello.grpc_port", "hello", { grpcPort: 65_536 }],
    ["no store", "hello.store", "hello", { store: undefined }],
    [
      "a digest of another algorithm",
      "hello.held[0].digest",
      "hello",
      { held: [{ digest: "md5:0", size: 1 }] },
    ],
    ["a blob twice", "hello.held", "hello", { held: [...held, ...held] }],
    ["too many blobs", "hello.held", "hello", { held: Array(MOST_HELD + 1).fill(held[0]) }],
    [
      "a key without a uid",
      "hello.assigned[0].key",
      "hello",
      { assigned: [{ key: "a/b", revision: "r" }] },
    ],
    ["no store in a heartbeat", "heartbeat.store", "heartbeat", { store: undefined }],
    ["a key that leaves its place", "progress.key", "progress", { key: "../../x" }],
    ["a revision that is too long", "progress.revision", "progress", { revision: "r".repeat(65) }],
    ["a state that is none", "progress.state", "progress", { state: "Loafing" }],
    ["a reason of two words", "progress.reason", "progress", { reason: "Two words" }],
    ["a sentence of two lines", "progress.message", "progress", { message: "a\nb" }],
    ["a sentence that is too long", "progress.message", "progress", { message: "x".repeat(257) }],
    [
      "too many layers",
      "progress.layers",
      "progress",
      { layers: Array(257).fill({ digest: aDigest("a") }) },
    ],
    [
      "more bytes than can be counted exactly",
      "progress.peer_bytes",
      "progress",
      { peerBytes: 2 ** 60 },
    ],
    ["too many pieces", "coverage.piece_count", "coverage", { pieceCount: 65_537 }],
    ["a size beyond what counts exactly", "coverage.size", "coverage", { size: 2 ** 60 }],
    ["too few bits", "coverage.pieces", "coverage", { pieces: Buffer.of(1) }],
    [
      "bits of pieces that are not there",
      "coverage.pieces",
      "coverage",
      { pieces: Buffer.of(0xff, 0xf0) },
    ],
    ["a report of no lease", "lease_report.generation", "leaseReport", { generation: 0 }],
    ["a host with a path", "registry_check.host", "registryCheck", { host: "a/b" }],
  ];
  for (const [what, field, kind, change] of wrong) {
    it(`is refused with ${what}`, () => {
      const right = withoutKind(agentMessages[kind]);
      assert.ok(overWire.fromAgent({ [kind]: right }));
      assert.throws(() => overWire.fromAgent({ [kind]: { ...right, ...change } }), {
        name: "MessageError",
        field,
      });
    });
  }

  it("may leave nothing of the store out but zeros", () => {
    const empty = { ...store, usedBytes: 0, reservedBytes: 0 };
    const heartbeat = { kind: "heartbeat", store: empty } as const;
    assert.deepEqual(overWire.fromAgent(formatFromAgent(heartbeat)), heartbeat);
  });
});

describe("what the controller says", () => {
  for (const message of Object.values<ControllerMessage>(controllerMessages)) {
    it(`arrives as it was sent: ${message.kind}`, () => {
      assert.deepEqual(overWire.toAgent(formatToAgent(message)), message);
    });
  }

  const { login: _, ...withoutLogin } = controllerMessages.credential;
  const logins: Record<string, ControllerMessage> = {
    "with a password": {
      ...withoutLogin,
      login: { basic: { username: "someone", password: "a password" } },
    },
    "that takes back the one before": withoutLogin,
  };
  for (const [which, message] of Object.entries(logins)) {
    it(`arrives as it was sent: a credential ${which}`, () => {
      assert.deepEqual(overWire.toAgent(formatToAgent(message)), message);
    });
  }

  it("is passed over when it is of a kind that is not known", () => {
    assert.equal(overWire.toAgent({}), undefined);
  });

  const [blob] = controllerMessages.assign.blobs;
  const half = Buffer.alloc(MOST_DOCUMENT_BYTES / 2 + 1);
  const wrong: readonly (readonly [string, string, keyof typeof controllerMessages, object])[] = [
    ["a reference with a space", "assign.reference", "assign", { reference: "a b" }],
    ["a digest that is too short", "assign.digest", "assign", { digest: "sha256:beef" }],
    ["no platform", "assign.platform", "assign", { platform: "" }],
    ["a role that is none", "assign.role", "assign", { role: "Leader" }],
    ["a load that is none", "assign.load", "assign", { load: "" }],
    ["a priority of 101", "assign.priority", "assign", { priority: 101 }],
    ["a priority of -101", "assign.priority", "assign", { priority: -101 }],
    ["no blob", "assign.blobs", "assign", { blobs: [] }],
    ["too many blobs", "assign.blobs", "assign", { blobs: Array(258).fill(blob) }],
    ["a blob twice", "assign.blobs", "assign", { blobs: [blob, blob] }],
    ["a rank of 65536", "assign.blobs[0].rank", "assign", { blobs: [{ ...blob, rank: 65_536 }] }],
    ["no manifest", "assign.manifest", "assign", { manifest: Buffer.of() }],
    [
      "documents that are too long together",
      "assign.index, manifest and config in bytes",
      "assign",
      { index: half, config: half },
    ],
    ["no rates", "assign.rates", "assign", { rates: undefined }],
    ["31 days", "limits.retain_seconds", "limits", { retainSeconds: 31 * 86_400 }],
    ["a lease of generation 0", "lease.generation", "lease", { generation: 0 }],
    ["a piece that cannot be", "lease.from_piece", "lease", { fromPiece: 65_536 }],
    ["no repository", "lease.repository", "lease", { repository: "" }],
    [
      "a repository that leaves its place",
      "credential.repository",
      "credential",
      { repository: "../x" },
    ],
    ["a host with a login", "credential.host", "credential", { host: "a@b" }],
    ["a tracker of another scheme", "trackers.urls[0]", "trackers", { urls: ["udp://a:1"] }],
    ["too many trackers", "trackers.urls", "trackers", { urls: Array(17).fill("http://a") }],
    [
      "a peer without a port",
      "peers.peers[0].address",
      "peers",
      { peers: [{ node: "n", address: "10.0.0.1" }] },
    ],
    [
      "a peer at port 0",
      "peers.peers[0].address",
      "peers",
      { peers: [{ node: "n", address: "10.0.0.1:0" }] },
    ],
    [
      "a peer without brackets",
      "peers.peers[0].address",
      "peers",
      { peers: [{ node: "n", address: "fd00::1:80" }] },
    ],
    ["an issuer without a name", "issuer.node", "issuer", { node: "" }],
    ["limits without rates", "limits.rates", "limits", { rates: undefined }],
    ["what is no certificate", "bundle.certificates", "bundle", { certificates: "hello" }],
    ["a pace of no time", "pace.status_seconds", "pace", { statusSeconds: 0 }],
    ["a pace of days", "pace.status_seconds", "pace", { statusSeconds: 3_601 }],
    [
      "a bundle that is too long",
      "bundle.certificates",
      "bundle",
      { certificates: "x".repeat(65_537) },
    ],
  ];
  for (const [what, field, kind, change] of wrong) {
    it(`is refused with ${what}`, () => {
      const { [kind]: right } = formatToAgent(controllerMessages[kind]);
      assert.ok(overWire.toAgent({ [kind]: right }));
      assert.throws(() => overWire.toAgent({ [kind]: { ...right, ...change } }), {
        name: "MessageError",
        field,
      });
    });
  }

  it("never has its secrets repeated in a refusal", () => {
    const password = "canary".repeat(4_000);
    const wire = formatToAgent({
      ...controllerMessages.credential,
      login: { basic: { username: "someone", password } },
    });
    assert.throws(
      () => overWire.toAgent(wire),
      (error: Error) =>
        error.name === "MessageError" &&
        error.message.startsWith("credential.basic.password: 24000 characters") &&
        !error.message.includes("canary"),
    );
  });
});

describe("what is said about certificates", () => {
  const request = { node: "node-1", csr: Buffer.of(0x30) };
  const answer = {
    certificate: controllerMessages.bundle.certificates,
    bundle: controllerMessages.bundle.certificates,
    zone: "",
  };
  it("is read as it was sent", () => {
    assert.deepEqual(parseSigningRequest(request), request);
    assert.deepEqual(parseSignedAgent(answer), answer);
  });

  const requests: Record<string, object> = {
    "sign_agent.node": { node: "" },
    "sign_agent.csr": { csr: Buffer.alloc(8 * 1024 + 1) },
  };
  for (const [field, change] of Object.entries(requests)) {
    it(`is refused with a wrong ${field} in a request`, () => {
      assert.throws(() => parseSigningRequest({ ...request, ...change }), { field });
    });
  }

  const answers: Record<string, object> = {
    "sign_agent.certificate": { certificate: "" },
    "sign_agent.bundle": { bundle: "-----BEGIN PRIVATE KEY-----" },
    "sign_agent.zone": { zone: "a zone" },
  };
  for (const [field, change] of Object.entries(answers)) {
    it(`is refused with a wrong ${field} in an answer`, () => {
      assert.throws(() => parseSignedAgent({ ...answer, ...change }), { field });
    });
  }
});

describe("a sentence", () => {
  it("is on one line and not too long, whatever it is made of", () => {
    assert.equal(toSentence("a\r\n\tb"), "a b");
    assert.equal(toSentence("x".repeat(300)).length, 256);
  });
});
