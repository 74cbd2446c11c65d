import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agentMessages, controllerMessages } from "../../api/testing/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import type { NodeDesired } from "./node-desired.ts";
import { createSessionRegistry, type OpenSession } from "./sessions.ts";

const { kind: _, ...hello } = { ...agentMessages.hello, assigned: [] };
const { node } = hello;
const { kind: __, ...assign } = controllerMessages.assign;
const desired: NodeDesired = {
  assigns: [assign],
  leases: [],
  credentials: [],
  trackers: [],
  peers: [],
  issuers: [],
};
const HOUR_MS = 60 * 60 * 1_000;

function aRegistry() {
  const clock = createFakeClock();
  const changes: string[] = [];
  const onChange = (of: string, what: string) => changes.push(`${of} ${what}`);
  const sessions = createSessionRegistry({ clock, bundle: "CA", onChange });
  return { clock, changes, sessions };
}

/** Takes what is to be sent next. */
async function taken(session: OpenSession): Promise<readonly string[]> {
  const steps = await session.next(new AbortController().signal);
  session.sent(steps);
  return steps.map(({ message }) => message.kind);
}

describe("the sessions of all agents", () => {
  it("tell nothing to an agent for whom nothing was decided yet", async () => {
    const { sessions } = aRegistry();
    const session = sessions.open(hello);
    const next = taken(session);
    sessions.setDesired(node, desired);
    assert.deepEqual(await next, ["bundle", "trackers", "assign"]);
  });

  it("tell an agent that comes back only what it does not know", async () => {
    const { sessions } = aRegistry();
    sessions.setDesired(node, desired);
    const { key, revision } = assign;
    const session = sessions.open({ ...hello, assigned: [{ key, revision }] });
    assert.deepEqual(await taken(session), ["bundle", "trackers", "limits"]);
  });

  it("take over a lease that an agent reports of, and end it when nobody wants it", async () => {
    const { sessions } = aRegistry();
    sessions.setDesired(node, { ...desired, assigns: [] });
    const session = sessions.open(hello);
    await taken(session);
    const next = taken(session);
    session.heard(agentMessages.leaseReport);
    assert.deepEqual(await next, ["revoke"]);
  });

  it("tell everybody of a new bundle", async () => {
    const { sessions } = aRegistry();
    sessions.setDesired(node, desired);
    const session = sessions.open(hello);
    await taken(session);
    const next = taken(session);
    sessions.setBundle("CA and another");
    assert.deepEqual(await next, ["bundle"]);
  });

  it("tell everybody of another pace when the fleet has become large", async () => {
    const { sessions } = aRegistry();
    sessions.setDesired(node, desired);
    const session = sessions.open(hello);
    await taken(session);
    const next = session.next(new AbortController().signal);
    for (let other = 1; other <= 75; other += 1) {
      sessions.open({ ...hello, node: `other-${other}` });
    }
    const [step, ...more] = await next;
    assert.deepEqual([step?.message, more], [{ kind: "pace", statusSeconds: 10 }, []]);
    session.sent([step ?? assert.fail()]);
    const back = session.next(new AbortController().signal);
    sessions.forget("other-1");
    assert.deepEqual((await back)[0]?.message, { kind: "pace", statusSeconds: 5 });
  });

  it("say what they hear, and nothing of a stream that was replaced", () => {
    const { sessions, changes, clock } = aRegistry();
    const older = sessions.open(hello);
    const newer = sessions.open(hello);
    assert.equal(older.ended.aborted, true);
    older.heard(agentMessages.progress);
    older.broke();
    newer.heard(agentMessages.heartbeat);
    assert.deepEqual(changes, [`${node} opened`, `${node} opened`, `${node} heartbeat`]);
    newer.broke();
    assert.equal(sessions.facts().get(node)?.brokenAtMs, clock.now());
  });

  it("know who has a blob, and who a part of it", () => {
    const { sessions } = aRegistry();
    const session = sessions.open(hello);
    const { digest } = agentMessages.coverage;
    const who = () =>
      [sessions.holders(digest), sessions.partHolders(digest)].map(({ size }) => size);
    const [part, whole, nothing] = [
      Uint8Array.of(0x80, 0x00),
      agentMessages.coverage.pieces,
      Uint8Array.of(),
    ];
    const after = [part, whole, nothing, part, whole].map((pieces) => {
      session.heard({ ...agentMessages.coverage, pieces });
      return who();
    });
    assert.deepEqual(after, [
      [0, 1],
      [1, 0],
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    const [other = assert.fail()] = hello.held;
    assert.deepEqual([...sessions.holders(other.digest)], [node]);
    sessions.open({ ...hello, held: [] });
    assert.deepEqual([sessions.holders(other.digest).size, ...who()], [0, 0, 0]);
    sessions.open(hello);
    sessions.forget(node);
    assert.equal(sessions.holders(other.digest).size, 0);
  });

  it("remember an agent whose stream has ended for an hour", async () => {
    const { sessions, clock } = aRegistry();
    sessions.open(hello).broke();
    await clock.advance(HOUR_MS);
    sessions.open({ ...hello, node: "another" });
    assert.deepEqual([...sessions.facts().keys()], [node, "another"]);
    await clock.advance(1);
    sessions.open({ ...hello, node: "a-third" });
    assert.deepEqual([...sessions.facts().keys()], ["another", "a-third"]);
  });

  it("end with the node, or all together when another controller leads", async () => {
    const { sessions } = aRegistry();
    const one = sessions.open(hello);
    const two = sessions.open({ ...hello, node: "another" });
    const waiting = assert.rejects(taken(one), { name: "SessionEnded" });
    sessions.forget(node);
    await waiting;
    assert.deepEqual([one.ended.aborted, two.ended.aborted], [true, false]);
    const reason = new Error("another leads");
    sessions.clear(reason);
    await assert.rejects(taken(two), reason);
    assert.equal(sessions.facts().size, 0);
  });
});
