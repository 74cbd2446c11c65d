import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  accessTokenCredential,
  basicCredential,
  type Credential,
  identityTokenCredential,
} from "./credential.ts";
import { createRegistryClient } from "./registry.ts";
import { endpointMap } from "./registry-endpoints.ts";
import { account, aRegistry, forever, lieAlways, login } from "./testing/a-registry.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { startLyingRegistry } from "./testing/lying-registry.ts";
import { addImage } from "./testing/served-image.ts";
import { startTokenServer } from "./testing/token-server.ts";

describe("a login", { concurrency: true }, () => {
  const refused = "the registry refuses the login: check the user name and the password or token";
  const wanted = "the registry wants a login: pass --username and --password-stdin or --authfile";
  const wrong = basicCredential("ada", "wrong");
  const cases: Record<
    string,
    { credential?: Credential; by: "basic" | "token"; why: string; asked: number }
  > = {
    "that is missing, for Basic": { by: "basic", why: wanted, asked: 1 },
    "that is missing, for a token": { by: "token", why: wanted, asked: 1 },
    "with a wrong password, for Basic": { credential: wrong, by: "basic", why: refused, asked: 2 },
    "with a wrong password, for a token": {
      credential: wrong,
      by: "token",
      why: refused,
      asked: 1,
    },
    "by identity token, for Basic": {
      credential: identityTokenCredential("x"),
      by: "basic",
      why: refused,
      asked: 1,
    },
    "by an access token, for Basic": {
      credential: accessTokenCredential("x"),
      by: "basic",
      why: refused,
      asked: 1,
    },
    "by a wrong access token": {
      credential: accessTokenCredential("wrong"),
      by: "token",
      why: refused,
      asked: 2,
    },
    "by a wrong identity token": {
      credential: identityTokenCredential("wrong"),
      by: "token",
      why: refused,
      asked: 1,
    },
  };
  for (const [what, { credential, by, why, asked }] of Object.entries(cases)) {
    it(`${what}, is reported as REGISTRY_UNAUTHORIZED`, async (test) => {
      const { server, registry } = await aRegistry(test, credential && { credential });
      const tokens = await startTokenServer(test, { account, refreshToken: "right" });
      server.require(by === "basic" ? { by, ...account } : { by, tokens });
      await assert.rejects(registry.resolve("demo/app", "1", forever), {
        code: "REGISTRY_UNAUTHORIZED",
        message: `could not fetch registry.test/demo/app:1: ${why}`,
      });
      assert.equal(server.requests.length, asked);
    });
  }

  it("is not tried again and again against a registry that never takes it", async (test) => {
    const tokens = await startTokenServer(test);
    const { server, registry } = await aRegistry(test);
    lieAlways(server, {
      do: "answer",
      status: 401,
      headers: { "www-authenticate": `Bearer realm="${tokens.realm}"` },
    });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_UNAUTHORIZED",
    });
    assert.deepEqual([server.requests.length, tokens.requests.length], [2, 1]);
  });

  it("asks for the right to pull, and for no more", async (test) => {
    const tokens = await startTokenServer(test);
    const { server, registry } = await aRegistry(test);
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    const [asked] = tokens.requests;
    assert.equal(asked?.url.searchParams.get("scope"), "repository:demo/app:pull");
    assert.equal(asked?.url.searchParams.get("service"), "test");
    assert.equal(asked?.headers.authorization, undefined);
  });

  it("sends an identity token in a form, never in a URL", async (test) => {
    const credential = identityTokenCredential("refresh-canary");
    const tokens = await startTokenServer(test, { account, refreshToken: "refresh-canary" });
    const { server, registry } = await aRegistry(test, { credential });
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    assert.deepEqual(Object.fromEntries(tokens.forms[0] ?? []), {
      service: "test",
      scope: "repository:demo/app:pull",
      grant_type: "refresh_token",
      client_id: "oci-torrent",
      refresh_token: "refresh-canary",
    });
    assert.ok(tokens.requests.every(({ url }) => url.search === ""));
  });

  it("shows an access token that somebody else was given, and asks for none itself", async (test) => {
    const tokens = await startTokenServer(test);
    const scope = "repository:demo/app:pull";
    const answer = await fetch(`${tokens.realm}?${new URLSearchParams({ scope })}`);
    const { token } = (await answer.json()) as { token: string };
    const credential = accessTokenCredential(token);
    const { server, registry } = await aRegistry(test, { credential });
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    assert.equal(tokens.requests.length, 1);
    tokens.revokeAll();
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_UNAUTHORIZED",
    });
    assert.equal(tokens.requests.length, 1);
  });

  it("keeps a token for its life, and asks anew after it", async (test) => {
    const clock = createFakeClock();
    const tokens = await startTokenServer(test, { expiresInSeconds: 300 });
    const { server, registry } = await aRegistry(test, { clock });
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    clock.advance(294_000);
    await registry.resolve("demo/app", "1", forever);
    assert.equal(tokens.requests.length, 1);
    clock.advance(2_000);
    await registry.resolve("demo/app", "1", forever);
    assert.equal(tokens.requests.length, 2);
  });

  it("asks anew when a token is revoked before its time", async (test) => {
    const tokens = await startTokenServer(test, { expiresInSeconds: 300 });
    const { server, registry } = await aRegistry(test);
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    tokens.revokeAll();
    await registry.resolve("demo/app", "1", forever);
    assert.equal(tokens.requests.length, 2);
  });

  it("is forgotten when the registry is closed", async (test) => {
    const server = await startLyingRegistry(test);
    addImage(server);
    server.require({ by: "basic", ...account });
    const client = createRegistryClient({
      endpoints: endpointMap({ "registry.test": [{ url: server.url.href, insecure: true }] }),
    });
    test.after(() => client.close());
    const registry = client.registry("registry.test", login);
    await registry.resolve("demo/app", "1", forever);
    await registry.close();
    await registry.resolve("demo/app", "1", forever);
    const sent = server.requests.map(({ headers }) => headers.authorization !== undefined);
    assert.deepEqual(sent, [false, true, false, true]);
  });
});
