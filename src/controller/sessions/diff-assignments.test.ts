import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ControllerMessage } from "../../api/index.ts";
import { aDigest, controllerMessages } from "../../api/testing/index.ts";
import {
  diffAssignments,
  type ForAll,
  type Sent,
  sentAfter,
  sentBefore,
  sentWithLease,
  sentWithoutWhole,
} from "./diff-assignments.ts";
import type { NodeDesired } from "./node-desired.ts";

type Desired = NodeDesired & ForAll;

const { kind: _, ...assign } = controllerMessages.assign;
const { kind: __, ...lease } = controllerMessages.lease;
const { kind: ___, ...credential } = controllerMessages.credential;
const { kind: ____, ...peers } = controllerMessages.peers;
const { kind: _____, ...issuer } = controllerMessages.issuer;
const nothing: Desired = {
  bundle: controllerMessages.bundle.certificates,
  statusSeconds: 5,
  trackers: [],
  assigns: [],
  leases: [],
  credentials: [],
  peers: [],
  issuers: [],
};
const everything: Desired = {
  ...nothing,
  statusSeconds: 40,
  assigns: [assign],
  leases: [lease],
  credentials: [credential],
  peers: [peers],
  issuers: [issuer],
};
const nobody: Sent = new Map();
const settled = (desired: Desired, sent = nobody): Sent =>
  sentAfter(sent, diffAssignments(sent, desired));
const kinds = (sent: Sent, desired: Desired) =>
  diffAssignments(sent, desired).map(({ message }) => message.kind);

describe("what is left to tell an agent", () => {
  it("is not where to take from what it has whole, and nothing is taken back of that", () => {
    const sent = settled(everything);
    const whole = [peers.digest, issuer.digest];
    const done = { ...everything, peers: [], issuers: [], whole };
    assert.deepEqual(kinds(sent, done), ["peers"]);
    const shorter = sentWithoutWhole(sent, done);
    assert.deepEqual(kinds(shorter, done), []);
    assert.ok(shorter.size < sent.size);
    assert.equal(sentWithoutWhole(shorter, done), shorter);
    // Should it lack the blob again, it is told again.
    assert.deepEqual(kinds(shorter, everything), ["issuer", "peers"]);
  });

  it("leave an assignment that stays as it is, also where it cannot be told again", () => {
    const sent = settled(everything);
    const unchanged = { ...everything, assigns: [], unchanged: [assign.key] };
    assert.deepEqual(diffAssignments(sent, unchanged), []);
    const released = diffAssignments(sent, { ...everything, assigns: [] });
    assert.deepEqual(
      released.map(({ message }) => message.kind),
      ["release"],
    );
    assert.deepEqual(
      diffAssignments(sentBefore([]), unchanged).filter(({ message }) => message.kind === "assign"),
      [],
    );
  });

  it("leave a lease that stays as it is, though it cannot be told again", () => {
    const sent = settled(everything);
    const unchanged = { ...everything, leases: [], unchangedLeases: [lease.digest] };
    assert.deepEqual(kinds(sent, unchanged), []);
    assert.deepEqual(kinds(sent, { ...everything, leases: [] }), ["revoke"]);
  });

  it("is all of it at first, in an order in which it can be used", () => {
    const all = ["bundle", "trackers", "pace", "assign", "credential", "lease", "issuer", "peers"];
    assert.deepEqual(kinds(nobody, everything), all);
  });

  it("is nothing once it was told", () => {
    assert.deepEqual(kinds(settled(everything), everything), []);
  });

  const edits: Record<string, readonly [Partial<Desired>, readonly ControllerMessage[]]> = {
    "a limit alone when a limit changes": [
      { assigns: [{ ...assign, priority: 7 }] },
      [{ kind: "limits", key: assign.key, rates: assign.rates, priority: 7, retainSeconds: 60 }],
    ],
    "the assignment alone when the revision changes, whatever else does": [
      { assigns: [{ ...assign, revision: "r2", priority: 7 }] },
      [{ ...controllerMessages.assign, revision: "r2", priority: 7 }],
    ],
    "the next lease": [
      { leases: [{ ...lease, generation: 2 }] },
      [{ ...controllerMessages.lease, generation: 2 }],
    ],
    "that a lease is over": [{ leases: [] }, [controllerMessages.revoke]],
    "that a credential is taken back": [
      { credentials: [] },
      [
        {
          kind: "credential",
          host: credential.host,
          repository: credential.repository,
          expiresAtMs: credential.expiresAtMs,
        },
      ],
    ],
    "a credential with another secret": [
      { credentials: [{ ...credential, login: { bearerToken: "another" } }] },
      [{ ...controllerMessages.credential, login: { bearerToken: "another" } }],
    ],
    "that there are no peers to prefer": [
      { peers: [] },
      [{ kind: "peers", digest: peers.digest, peers: [] }],
    ],
    "nothing of an issuer that is not needed any more": [{ issuers: [] }, []],
    "another pace": [{ statusSeconds: 80 }, [{ kind: "pace", statusSeconds: 80 }]],
    "the pace that else needs no word": [
      { statusSeconds: 5 },
      [{ kind: "pace", statusSeconds: 5 }],
    ],
    "the trackers": [
      { trackers: ["http://a/announce"] },
      [{ kind: "trackers", urls: ["http://a/announce"] }],
    ],
    "new assignments before the end of old ones, which may share blobs": [
      { assigns: [{ ...assign, key: "a/b/c" }] },
      [
        { ...controllerMessages.assign, key: "a/b/c" },
        { kind: "release", key: assign.key },
      ],
    ],
  };
  for (const [what, [change, messages]] of Object.entries(edits)) {
    it(`is ${what}`, () => {
      const steps = diffAssignments(settled(everything), { ...everything, ...change });
      assert.deepEqual(
        steps.map(({ message }) => message),
        messages,
      );
    });
  }

  it("is no assignment that the agent works on already, but its limits", () => {
    const sent = sentBefore([{ key: assign.key, revision: assign.revision }]);
    assert.deepEqual(kinds(sent, { ...nothing, assigns: [assign] }), [
      "bundle",
      "trackers",
      "limits",
    ]);
  });

  it("is the end of what was assigned and leased by another controller", () => {
    const sent = sentWithLease(sentBefore([{ key: assign.key, revision: "r0" }]), {
      digest: lease.digest,
      generation: 9,
      frontier: 0,
      registryBytes: 0,
    });
    const messages = diffAssignments(sent, nothing).map(({ message }) => message);
    assert.deepEqual(messages.slice(-2), [
      { kind: "release", key: assign.key },
      { kind: "revoke", digest: lease.digest, generation: 9 },
    ]);
  });

  it("keeps no secret in what it remembers", () => {
    const remembered = JSON.stringify([...settled(everything)]);
    assert.match(remembered, /registry\.example/);
    assert.doesNotMatch(remembered, /a-bearer-token/);
  });

  it("always leads to what is desired, and remembers nothing else", () => {
    const keys = ["a/a/1", "a/b/2", "b/a/3"];
    const world = fc
      .record({
        assigns: fc.uniqueArray(
          fc.record({
            key: fc.constantFrom(...keys),
            revision: fc.constantFrom("r1", "r2"),
            priority: fc.integer({ min: 0, max: 1 }),
          }),
          { selector: ({ key }) => key },
        ),
        leases: fc.uniqueArray(
          fc.record({
            digest: fc.constantFrom(aDigest("1"), aDigest("2")),
            generation: fc.integer({ min: 1, max: 2 }),
          }),
          { selector: ({ digest }) => digest },
        ),
      })
      .map(
        ({ assigns, leases }): Desired => ({
          ...nothing,
          assigns: assigns.map((each) => ({ ...assign, ...each })),
          leases: leases.map((each) => ({ ...lease, ...each })),
        }),
      );
    fc.assert(
      fc.property(fc.array(world, { maxLength: 6 }), (worlds) => {
        let sent = nobody;
        const agent = anAgent();
        for (const desired of worlds) {
          for (const step of diffAssignments(sent, desired)) {
            agent.hear(step.message);
            sent = sentAfter(sent, [step]);
          }
          assert.deepEqual(agent.state(), stateOf(desired));
        }
        assert.ok(sent.size <= 2 + 2 * keys.length + 2);
      }),
    );
  });
});

const stateOf = ({ assigns, leases }: Desired) => ({
  assigns: new Map(assigns.map(({ key, revision, priority }) => [key, { revision, priority }])),
  leases: new Map(leases.map(({ digest, generation }) => [digest, generation])),
});

/** Goes by what it hears. */
function anAgent() {
  const { assigns, leases } = stateOf(nothing);
  return {
    state: () => ({ assigns, leases }),
    hear(message: ControllerMessage) {
      if (message.kind === "assign") {
        assigns.set(message.key, { revision: message.revision, priority: message.priority });
      }
      if (message.kind === "limits") {
        const known = assigns.get(message.key);
        assert.ok(known);
        assigns.set(message.key, { ...known, priority: message.priority });
      }
      if (message.kind === "release") assigns.delete(message.key);
      if (message.kind === "lease") leases.set(message.digest, message.generation);
      if (message.kind === "revoke" && leases.get(message.digest) === message.generation) {
        leases.delete(message.digest);
      }
    },
  };
}
