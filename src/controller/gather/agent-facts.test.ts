import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SessionFacts } from "../sessions/session-facts.ts";
import { aDigest } from "../testing/a-world.ts";
import { agentOf } from "./agent-facts.ts";

const [held, partly] = [aDigest("held"), aDigest("partly")];
const facts: SessionFacts = {
  node: "n1",
  podUid: "p",
  version: "1",
  epoch: 1,
  addresses: ["10.0.0.1"],
  peerPort: 6880,
  grpcPort: 6884,
  store: { capacityBytes: 100, usedBytes: 20, freeBytes: 70, reservedBytes: 10 },
  sinceMs: 1_000,
  lastSeenMs: 5_000,
  held: new Map([[held, 9]]),
  progress: new Map(),
  coverage: new Map([
    [
      partly,
      { digest: partly, size: 9, generation: 1, pieceCount: 2, pieces: Uint8Array.of(0x80) },
    ],
  ]),
  leaseReports: new Map(),
  registryChecks: new Map([
    ["good.example", { host: "good.example", reachable: true, message: "" }],
    ["bad.example", { host: "bad.example", reachable: false, message: "no route" }],
  ]),
};

describe("what is known of an agent by its session", () => {
  const agent = agentOf(facts, 3, (ms) => ms + 1e12);

  it("is when it came and spoke, in the time of day", () => {
    assert.deepEqual(
      [agent.attachedAt, agent.heardAt, agent.brokenAt],
      [1e12 + 1_000, 1e12 + 5_000, undefined],
    );
    const broken = agentOf({ ...facts, brokenAtMs: 6_000 }, 0, (ms) => ms);
    assert.equal(broken.brokenAt, 6_000);
  });

  it("is what it has, and how much room", () => {
    assert.deepEqual([agent.held.has(held), agent.held.has(partly)], [true, false]);
    assert.equal(agent.pieces.get(partly)?.pieceCount, 2);
    assert.deepEqual([agent.freeBytes, agent.reservedBytes, agent.seedsElsewhere], [70, 10, 3]);
    assert.equal(agentOf(facts, 4, (ms) => ms + 1e12).seedsElsewhere, 4);
  });

  it("is which registries it cannot reach", () => {
    assert.deepEqual(agent.unreachable, new Set(["bad.example"]));
  });
});
