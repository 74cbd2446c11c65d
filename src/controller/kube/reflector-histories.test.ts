// Whatever happens to the objects and to the connection, in whatever order: in the end the copy equals a fresh list,
// and what was told of changes adds up to it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock, type FakeClock } from "../../runtime/testing/index.ts";
import { createFakeApi, type FakeApi } from "../testing/fake-api.ts";
import type { Fault, StreamFault } from "../testing/fake-fault.ts";
import { propertyRuns } from "../testing/property-runs.ts";
import type { KubeObject } from "./kube-object.ts";
import type { Change } from "./object-cache.ts";
import { createReflector } from "./reflector.ts";

const RESOURCE = { group: "", version: "v1", plural: "configmaps" };
const PATH = "/api/v1/configmaps";
const NAMES = ["a", "b", "c", "d"];

type Happening =
  | { readonly what: "put" | "delete"; readonly name: string }
  | { readonly what: "fault"; readonly fault: Fault }
  | { readonly what: "strike"; readonly fault: StreamFault }
  | { readonly what: "deliver"; readonly copies: number; readonly reversed: boolean }
  | { readonly what: "compact" }
  | { readonly what: "wait"; readonly ms: number };

const name = fc.constantFrom(...NAMES);
const streamFault = fc.constantFrom<StreamFault>(
  "close",
  "break",
  "garbage",
  "gone",
  "error",
  "silence",
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant("after" as const), lines: fc.nat(3), comes: streamFault }),
  fc.record({ kind: fc.constant("refuse" as const), code: fc.constantFrom(410, 429, 500, 504) }),
  fc.constantFrom<Fault>({ kind: "drop" }, { kind: "hang" }),
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("put" as const), name }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("delete" as const), name }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("fault" as const), fault }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("strike" as const), fault: streamFault }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("deliver" as const),
      copies: fc.integer({ min: 1, max: 3 }),
      reversed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ what: "compact" as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1_100, 20_000, 100_000),
    }),
  },
);

async function happen(api: FakeApi, clock: FakeClock, one: Happening): Promise<void> {
  switch (one.what) {
    case "put": {
      const metadata = { name: one.name };
      const isThere = api.store.get(`${PATH}/${one.name}`) !== undefined;
      const data = { at: `${api.store.version}` };
      if (isThere) api.store.update(PATH, { metadata, data });
      else api.store.create(PATH, { metadata, data });
      return;
    }
    case "delete":
      api.store.delete(PATH, one.name);
      return;
    case "fault":
      api.faults.plan(one.fault);
      return;
    case "strike":
      api.faults.strike(one.fault);
      return;
    case "deliver":
      api.delivery = { copies: one.copies, reversed: one.reversed };
      return;
    case "compact":
      api.store.compact();
      return;
    case "wait":
      return await clock.advance(one.ms);
    default:
      return one satisfies never;
  }
}

/** What someone holds who was told of the changes alone. Fails on a change that cannot follow what was told before. */
function retell(held: Map<string, KubeObject>, change: Change): void {
  const known = held.get(change.key);
  if (change.type === "added") assert.equal(known, undefined);
  else assert.deepEqual(known, change.previous);
  if (change.type === "deleted") held.delete(change.key);
  else held.set(change.key, change.object);
}

const sorted = (objects: Iterable<KubeObject>) =>
  [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

async function follow(
  before: readonly Happening[],
  history: readonly Happening[],
  streams: boolean,
): Promise<void> {
  const clock = createFakeClock();
  const api = createFakeApi(clock);
  api.streams = streams;
  const held = new Map<string, KubeObject>();
  const reflector = createReflector(
    { access: api, clock, random: () => 0.5, log: silentLog },
    { resource: RESOURCE, onChange: (change) => retell(held, change) },
  );
  for (const one of before) await happen(api, clock, one);
  const stop = new AbortController();
  const running = reflector.run(stop.signal).catch((error: unknown) => error);
  for (const one of history) await happen(api, clock, one);
  api.faults.clear();
  await clock.advance(150_000);
  assert.deepEqual(sorted(reflector.objects.values()), sorted(api.store.list(PATH)));
  assert.deepEqual(sorted(held.values()), sorted(api.store.list(PATH)));
  const reason = new Error("over");
  stop.abort(reason);
  assert.equal(await running, reason);
}

describe("a reflector's copy", () => {
  it("equals a fresh list after any history", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 5 }),
        fc.array(happening, { maxLength: 40 }),
        fc.boolean(),
        follow,
      ),
      { numRuns: propertyRuns },
    );
  });
});
