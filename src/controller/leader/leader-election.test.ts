import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock, type FakeClock } from "../../runtime/testing/index.ts";
import type { ApiAccess } from "../kube/api-access.ts";
import { createApiClient } from "../kube/api-client.ts";
import { createFakeApi, type FakeApi } from "../testing/fake-api.ts";
import { propertyRuns } from "../testing/property-runs.ts";
import { createLeaderElection } from "./leader-election.ts";

type Event = { readonly at: number; readonly who: string; readonly what: "leads" | "ends" };

const LEASE_PATH = "/apis/coordination.k8s.io/v1/namespaces/ns/leases/controller";

/** A candidate that can be cut off from the API server, and whose wall clock may be wrong. */
function join(
  who: string,
  { clock, api, events }: { clock: FakeClock; api: FakeApi; events: Event[] },
  lead?: (signal: AbortSignal) => Promise<void>,
) {
  const state = { away: false };
  const access: ApiAccess = {
    async send(request, signal) {
      if (state.away) throw new Error("no route to the API server");
      return await api.send(request, signal);
    },
  };
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const election = createLeaderElection({
    client: createApiClient(access),
    clock,
    today: () => new Date((who === "b" ? 0 : 4e12) + clock.now()),
    namespace: "ns",
    name: "controller",
    identity: who,
    random: () => 0.5,
    log: silentLog,
    async lead(signal) {
      events.push({ at: clock.now(), who, what: "leads" });
      try {
        await (lead ?? untilAborted)(signal);
      } finally {
        events.push({ at: clock.now(), who, what: "ends" });
      }
    },
  });
  const stop = new AbortController();
  const running = election.run(stop.signal).then(
    () => undefined,
    (error: unknown) => (stop.signal.aborted ? undefined : error),
  );
  const leave = async () => {
    stop.abort();
    await clock.advance(0);
    return await running;
  };
  return { election, state, leave, running };
}

function open(t: TestContext) {
  const clock = createFakeClock();
  const api = createFakeApi(clock);
  const events: Event[] = [];
  const everyone: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const leave of everyone) await leave();
  });
  const candidate = (who: string, lead?: (signal: AbortSignal) => Promise<void>) => {
    const one = join(who, { clock, api, events }, lead);
    everyone.push(one.leave);
    return one;
  };
  const log = () => events.map(({ who, what }) => `${who} ${what}`);
  return { clock, api, events, candidate, log };
}

/** One leads at a time. */
function assertAlone(events: readonly Event[]): void {
  let leader: string | undefined;
  for (const { who, what, at } of events) {
    if (what === "leads")
      assert.equal(leader, undefined, `${who} leads besides ${leader} at ${at}`);
    leader = what === "leads" ? who : undefined;
  }
}

describe("leader election", () => {
  it("has one candidate lead at once, and renew every 2 s", async (t) => {
    const { clock, api, candidate, log } = open(t);
    const { election } = candidate("a");
    await clock.advance(60_000);
    assert.deepEqual(log(), ["a leads"]);
    assert.equal(election.leader(), "a");
    const writes = api.requests.filter(({ method }) => method === "PUT");
    assert.equal(writes.length, 30);
    assert.ok(api.requests.length <= 32);
  });

  it("has the other wait while the first renews, and know who it is", async (t) => {
    const { clock, candidate, log } = open(t);
    candidate("a");
    await clock.advance(0);
    const { election } = candidate("b");
    await clock.advance(600_000);
    assert.deepEqual(log(), ["a leads"]);
    assert.equal(election.leader(), "a");
  });

  it("has the other lead within one try after the first stopped", async (t) => {
    const { clock, candidate, log } = open(t);
    const { leave } = candidate("a");
    await clock.advance(0);
    candidate("b");
    await clock.advance(30_000);
    await leave();
    await clock.advance(2_400);
    assert.deepEqual(log(), ["a leads", "a ends", "b leads"]);
  });

  it("has a leader that is cut off stop in 7 s, and the other lead in 10 s to 15 s", async (t) => {
    const { clock, events, candidate, log } = open(t);
    const { state } = candidate("a");
    await clock.advance(0);
    candidate("b");
    await clock.advance(30_000);
    state.away = true;
    const cutAt = clock.now();
    await clock.advance(20_000);
    assert.deepEqual(log(), ["a leads", "a ends", "b leads"]);
    const [ended, began] = events.slice(1).map(({ at }) => at - cutAt);
    assert.ok(ended !== undefined && ended <= 7_000, `ended after ${ended} ms`);
    assert.ok(began !== undefined && began > 7_000 && began <= 15_000, `began after ${began} ms`);
  });

  it("has nobody lead while the API server is away for long, and one afterwards", async (t) => {
    const { clock, events, candidate, log } = open(t);
    const [a, b] = [candidate("a"), candidate("b")];
    await clock.advance(10_000);
    a.state.away = true;
    b.state.away = true;
    await clock.advance(60_000);
    assert.deepEqual(log(), ["a leads", "a ends"]);
    a.state.away = false;
    b.state.away = false;
    await clock.advance(3_000);
    assert.equal(log().length, 3);
    assertAlone(events);
  });

  it("goes on leading when the API server is away for 5 s", async (t) => {
    const { clock, candidate, log } = open(t);
    const { state } = candidate("a");
    await clock.advance(10_000);
    state.away = true;
    await clock.advance(5_000);
    state.away = false;
    await clock.advance(60_000);
    assert.deepEqual(log(), ["a leads"]);
  });

  it("goes on leading when the answer to a renewal was lost, or another wrote by mistake", async (t) => {
    const { clock, api, candidate, log } = open(t);
    candidate("a");
    await clock.advance(10_000);
    api.faults.plan({ kind: "dropAnswer" }, ({ method }) => method === "PUT");
    await clock.advance(10_000);
    const lease = api.store.get(LEASE_PATH);
    assert.ok(lease !== undefined);
    api.store.update(LEASE_PATH.replace(/\/controller$/, ""), {
      ...lease,
      metadata: { ...lease.metadata, labels: { touched: "true" } },
    });
    await clock.advance(60_000);
    assert.deepEqual(log(), ["a leads"]);
    assert.equal(api.faults.left, 0);
  });

  it("stops leading at once when somebody else has been written into the lease", async (t) => {
    const { clock, api, candidate, log } = open(t);
    const { election } = candidate("a");
    await clock.advance(10_000);
    const lease = api.store.get(LEASE_PATH);
    assert.ok(lease !== undefined);
    const spec = { holderIdentity: "z", leaseDurationSeconds: 10 };
    api.store.update(LEASE_PATH.replace(/\/controller$/, ""), { ...lease, spec });
    await clock.advance(2_000);
    assert.deepEqual(log(), ["a leads", "a ends"]);
    assert.equal(election.leader(), "z");
    await clock.advance(13_000);
    assert.deepEqual(log(), ["a leads", "a ends", "a leads"]);
  });

  it("goes on leading when one renewal is never answered, and stops when none is", async (t) => {
    const { clock, api, candidate, log } = open(t);
    const isPut = ({ method }: { method: string }) => method === "PUT";
    candidate("a");
    await clock.advance(10_000);
    api.faults.plan({ kind: "hang" }, isPut);
    await clock.advance(20_000);
    assert.deepEqual([log(), api.faults.left], [["a leads"], 0]);
    for (let i = 0; i < 3; i += 1) api.faults.plan({ kind: "hang" }, isPut);
    await clock.advance(8_000);
    assert.deepEqual(log(), ["a leads", "a ends"]);
    api.faults.clear();
    await clock.advance(6_000);
    assert.deepEqual(log(), ["a leads", "a ends", "a leads"]);
  });

  it("ends, and gives the lease back, when leading fails", async (t) => {
    const { clock, candidate, log } = open(t);
    const failing = async () => {
      throw new Error("leading went wrong");
    };
    const a = candidate("a", failing);
    await clock.advance(0);
    assert.match(String(await a.running), /leading went wrong/);
    candidate("b");
    await clock.advance(0);
    assert.deepEqual(log(), ["a leads", "a ends", "b leads"]);
  });

  it("never has two lead at once, whoever is cut off and when; and one in the end", async () => {
    const cut = fc.record({ who: fc.nat(2), ms: fc.integer({ min: 1, max: 9_000 }) });
    const play = async (cuts: readonly { who: number; ms: number }[]) => {
      const [clock, events]: [FakeClock, Event[]] = [createFakeClock(), []];
      const api = createFakeApi(clock);
      const all = ["a", "b", "c"].map((who) => join(who, { clock, api, events }));
      for (const { who, ms } of cuts) {
        const state = all[who]?.state;
        if (state !== undefined) state.away = !state.away;
        await clock.advance(ms);
      }
      for (const { state } of all) state.away = false;
      await clock.advance(15_000);
      assertAlone(events);
      assert.equal(events.at(-1)?.what, "leads");
      for (const { leave } of all) assert.equal(await leave(), undefined);
    };
    const cuts = fc.array(cut, { maxLength: 20 });
    await fc.assert(fc.asyncProperty(cuts, play), { numRuns: propertyRuns });
  });
});
