import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import type { AuthorityStore } from "./authorities.ts";
import { openIdentity } from "./identity.ts";
import { aRequest } from "./testing/a-request.ts";
import { createMemoryAuthorityStore } from "./testing/memory-authority-store.ts";

const HOUR_MS = 60 * 60 * 1_000;
const START_MS = Date.parse("2030-01-01T00:00:00Z");

async function anIdentity(store: AuthorityStore) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const published: string[] = [];
  const identity = await openIdentity(
    {
      store,
      publish: async (bundle) => void published.push(bundle),
      trustDomain: "cluster.local",
      dnsNames: ["controller.ns.svc"],
      clock,
      now: () => new Date(START_MS + clock.now()),
      log: silentLog,
    },
    stop.signal,
  );
  let heard = Promise.withResolvers<void>();
  identity.onChange(() => {
    heard.resolve();
    heard = Promise.withResolvers();
  });
  const running = identity.run(stop.signal).catch(() => {});
  return {
    identity,
    published,
    /** Lets time pass until the next look, and waits for what it brings. */
    async look(ms: number) {
      const change = heard.promise;
      await clock.advance(ms);
      await change;
    },
    advance: (ms: number) => clock.advance(ms),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

describe("a controller's identity", () => {
  it("signs for members, and shows its own certificate, renewed every hour", async () => {
    await using host = await anIdentity(createMemoryAuthorityStore());
    const { identity } = host;
    const authority = new X509Certificate(identity.bundle());
    const first = new X509Certificate(identity.pair().certificate);
    assert.ok(first.verify(authority.publicKey));
    const { csr } = await aRequest({});
    const signed = await identity.sign({ node: "node-1", addresses: [] }, csr);
    assert.ok(new X509Certificate(signed.certificate).verify(authority.publicKey));
    await host.look(HOUR_MS);
    const next = new X509Certificate(identity.pair().certificate);
    assert.equal(next.validToDate.getTime() - first.validToDate.getTime(), HOUR_MS);
  });

  it("publishes what members trust once, and again when it is rotated", async () => {
    await using host = await anIdentity(createMemoryAuthorityStore());
    for (let hour = 0; hour < 3; hour += 1) await host.look(HOUR_MS);
    assert.deepEqual(host.published, [host.identity.bundle()]);
    await host.look(336 * 24 * HOUR_MS);
    await host.look(HOUR_MS);
    assert.equal(host.published.length, 2);
    assert.ok(host.published[1]?.startsWith(host.published[0] ?? "never"));
  });

  it("keeps what it has while the authority cannot be read, and looks again soon", async () => {
    const store = createMemoryAuthorityStore();
    let isAway = false;
    await using host = await anIdentity({
      ...store,
      async read(signal) {
        if (isAway) throw new Error("the API server is away");
        return await store.read(signal);
      },
      create: (content, signal) => store.create(content, signal),
    });
    const before = host.identity.pair();
    isAway = true;
    await host.advance(HOUR_MS);
    assert.equal(host.identity.pair(), before);
    isAway = false;
    await host.look(HOUR_MS / 60);
    assert.notEqual(host.identity.pair(), before);
  });
});
