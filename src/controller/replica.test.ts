import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { silentLog } from "../runtime/index.ts";
import { createFakeClock } from "../runtime/testing/index.ts";
import type { ApiAccess } from "./kube/api-access.ts";
import { createReplica } from "./replica.ts";
import type { SessionFacts } from "./sessions/session-facts.ts";
import { image } from "./testing/a-fleet.ts";
import { aSession } from "./testing/a-session.ts";
import { aTerm } from "./testing/a-term.ts";
import { createFakeApi } from "./testing/fake-api.ts";

const TEAM = "/apis/oci-torrent.io/v1alpha1/namespaces/team/imagedistributions";

/** Replicas of one cluster, each with the sessions of its own. */
function start(t: TestContext) {
  const clock = createFakeClock();
  const api = createFakeApi(clock);
  const ends: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const end of ends) await end();
  });
  const replica = (identity: string) => {
    const sessions = new Map<string, SessionFacts>();
    const led: boolean[] = [];
    const state = { away: false };
    const access: ApiAccess = {
      async send(request, signal) {
        if (state.away) throw new Error("no route to the API server");
        return await api.send(request, signal);
      },
    };
    const one = createReplica({
      access,
      clock,
      wallTime: (ms) => 1e12 + ms,
      random: () => 0,
      log: silentLog,
      namespace: "system",
      identity,
      sessions: {
        facts: () => sessions,
        holders: () => new Set(),
        partHolders: () => new Set(),
        forget: () => {},
      },
      beginTerm: () => aTerm({ of: () => ({ state: "done", image }) }),
      onReconciled: () => {},
      startupTaints: new Set(),
      nodeCondition: false,
      onLeadership: (leads) => led.push(leads),
    });
    const stop = new AbortController();
    const running = one.run(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    const end = async () => {
      stop.abort();
      await clock.advance(0);
      await running;
    };
    ends.push(end);
    const attach = (node: string) => {
      sessions.set(node, aSession(node, { sinceMs: clock.now(), lastSeenMs: clock.now() }));
      one.sessionChanged(node, "opened");
    };
    return { one, led, end, state, attach };
  };
  return { clock, api, replica };
}

describe("a replica of the controller", () => {
  it("leads alone, and says so", async (t) => {
    const { clock, api, replica } = start(t);
    api.store.create("/api/v1/nodes", { metadata: { name: "n1" } });
    const a = replica("10.0.0.1:7443");
    assert.deepEqual(a.one.leadership(), { kind: "following" });
    await clock.advance(0);
    assert.deepEqual([a.one.leadership(), a.led], [{ kind: "leading" }, [true]]);
    a.attach("n1");
    await clock.advance(1_000);
    assert.ok(api.store.get("/apis/oci-torrent.io/v1alpha1/nodeimagesets/n1") !== undefined);
    assert.deepEqual(Object.keys(a.one.heardAt()).length, 3);
  });

  it("knows who leads while it follows, and writes nothing but what it asks for the lease", async (t) => {
    const { clock, api, replica } = start(t);
    replica("10.0.0.1:7443");
    await clock.advance(0);
    const b = replica("10.0.0.2:7443");
    await clock.advance(5_000);
    assert.deepEqual(b.one.leadership(), { kind: "following", leader: "10.0.0.1:7443" });
    assert.deepEqual(b.led, []);
    b.attach("n1");
    const before = api.store.version;
    await clock.advance(1_000);
    assert.ok(api.store.version - before <= 1);
  });

  it("leads when the other stops, and does what there is to do", async (t) => {
    const { clock, api, replica } = start(t);
    const a = replica("10.0.0.1:7443");
    await clock.advance(0);
    const b = replica("10.0.0.2:7443");
    await clock.advance(5_000);
    await a.end();
    await clock.advance(3_000);
    assert.deepEqual([b.one.leadership(), a.led], [{ kind: "leading" }, [true, false]]);
    api.store.create(TEAM, {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name: "app" },
      spec: { image: "registry.example/app:1" },
    });
    await clock.advance(1_000);
    assert.ok("status" in (api.store.get(`${TEAM}/app`) ?? {}));
  });

  it("acts no more when it is cut off, and another does", async (t) => {
    const { clock, replica } = start(t);
    const a = replica("10.0.0.1:7443");
    await clock.advance(0);
    const b = replica("10.0.0.2:7443");
    await clock.advance(5_000);
    a.state.away = true;
    await clock.advance(7_000);
    assert.deepEqual([a.led, b.led], [[true, false], []]);
    await clock.advance(8_000);
    assert.deepEqual(b.led, [true]);
    a.state.away = false;
    await clock.advance(40_000);
    assert.deepEqual(a.one.leadership(), { kind: "following", leader: "10.0.0.2:7443" });
  });
});
