import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { account, aRegistry, forever, login } from "./testing/a-registry.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { startLyingRegistry } from "./testing/lying-registry.ts";
import { addImage, clientOf } from "./testing/served-image.ts";
import { startTokenServer } from "./testing/token-server.ts";

describe("what a registry wants to be shown", { concurrency: true }, () => {
  it("is nothing where it gives to anybody", async (test) => {
    const { registry } = await aRegistry(test, { credential: login });
    assert.deepEqual(await registry.authorize("demo/app", "1", forever), { kind: "none" });
  });

  it("is the login itself where no service gives tokens", async (test) => {
    const { server, registry } = await aRegistry(test, { credential: login });
    server.require({ by: "basic", ...account });
    assert.deepEqual(await registry.authorize("demo/app", "1", forever), { kind: "login" });
  });

  it("is a token that another can use, with the time at which it ends", async (test) => {
    const clock = createFakeClock();
    const tokens = await startTokenServer(test, { account, expiresInSeconds: 300 });
    const { server, registry } = await aRegistry(test, { credential: login, clock });
    server.require({ by: "token", tokens });
    const shown = await registry.authorize("demo/app", "1", forever);
    assert.ok(shown.kind === "token");
    assert.equal(shown.expiresAt, clock.now() + 295_000);
    assert.equal(tokens.scopeOf(shown.credential.token), "repository:demo/app:pull");
    const other = clientOf(test, server, { credential: shown.credential });
    await other.resolve("demo/app", "1", forever);
    assert.equal(tokens.requests.length, 1);
  });

  it("is a new token each time", async (test) => {
    const tokens = await startTokenServer(test, { account });
    const { server, registry } = await aRegistry(test, { credential: login });
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    await registry.authorize("demo/app", "1", forever);
    await registry.authorize("demo/app", "1", forever);
    assert.equal(tokens.requests.length, 3);
  });

  it("is not known where the login is refused", async (test) => {
    const tokens = await startTokenServer(test, { account: { ...account, password: "other" } });
    const { server, registry } = await aRegistry(test, { credential: login });
    server.require({ by: "token", tokens });
    await assert.rejects(registry.authorize("demo/app", "1", forever), {
      code: "REGISTRY_UNAUTHORIZED",
    });
  });

  it("is the registry's own word, not that of a mirror", async (test) => {
    const tokens = await startTokenServer(test, { account });
    const [mirror, server] = [await startLyingRegistry(test), await startLyingRegistry(test)];
    for (const one of [mirror, server]) addImage(one);
    server.require({ by: "token", tokens });
    const endpoints = [
      { url: mirror.url.href, insecure: true, mirror: true },
      { url: server.url.href, insecure: true },
    ];
    const registry = clientOf(test, server, { credential: login, endpoints });
    const shown = await registry.authorize("demo/app", "1", forever);
    assert.equal(shown.kind, "token");
    assert.equal(mirror.requests.length, 0);
    await registry.resolve("demo/app", "1", forever);
    assert.equal(mirror.requests.length, 1);
  });
});
