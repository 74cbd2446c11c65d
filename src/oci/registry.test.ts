import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { identityTokenCredential } from "./credential.ts";
import type { RequestEvent } from "./exchange.ts";
import { createRegistryClient } from "./registry.ts";
import { endpointMap } from "./registry-endpoints.ts";
import { account, aRegistry, forever, lieAlways, login } from "./testing/a-registry.ts";
import { createAuthority, createCertificate } from "./testing/certificates.ts";
import { startLyingRegistry } from "./testing/lying-registry.ts";
import { registryContract } from "./testing/registry-contract.ts";
import { addImage, clientOf } from "./testing/served-image.ts";
import { startTestServer } from "./testing/test-server.ts";
import { startTokenServer } from "./testing/token-server.ts";

registryContract("plain http", async (test) => {
  const { image, registry } = await aRegistry(test);
  return { ...image, registry };
});

registryContract("password", async (test) => {
  const { server, image, registry } = await aRegistry(test, { credential: login });
  server.require({ by: "basic", ...account });
  return { ...image, registry };
});

registryContract("anonymous token", async (test) => {
  const { server, image, registry } = await aRegistry(test);
  server.require({ by: "token", tokens: await startTokenServer(test) });
  return { ...image, registry };
});

registryContract("password for a token", async (test) => {
  const { server, image, registry } = await aRegistry(test, { credential: login });
  server.require({ by: "token", tokens: await startTokenServer(test, { account }) });
  return { ...image, registry };
});

registryContract("refresh token", async (test) => {
  const credential = identityTokenCredential("refresh-canary");
  const { server, image, registry } = await aRegistry(test, { credential });
  const tokens = await startTokenServer(test, {
    account,
    refreshToken: "refresh-canary",
    field: "access_token",
  });
  server.require({ by: "token", tokens });
  return { ...image, registry };
});

registryContract("TLS", async (test) => {
  const authority = createAuthority();
  const tls = createCertificate({ hosts: ["127.0.0.1"], issuer: authority });
  const server = await startLyingRegistry(test, tls);
  const endpoints = [{ url: server.url.href, ca: authority.cert }];
  return { ...addImage(server), registry: clientOf(test, server, { endpoints }) };
});

describe("a name in a URL", () => {
  const names = [
    "../x",
    "a/../b",
    "A",
    "a//b",
    "a/",
    "",
    "a?b",
    "a#b",
    "a%2e",
    `${"a/".repeat(130)}a`,
  ];
  for (const name of names) {
    it(`is refused as a repository: ${JSON.stringify(name.slice(0, 20))}`, async (test) => {
      const { server, image, registry } = await aRegistry(test);
      for (const asked of [
        () => registry.resolve(name, "1", forever),
        () => registry.openBlob(name, image.layer, 0, forever),
        () => registry.blob(name, image.layer, forever),
      ]) {
        await assert.rejects(async () => asked(), { code: "REFERENCE_INVALID" });
      }
      assert.equal(server.requests.length, 0);
    });
  }

  for (const tag of ["", "../x", "a/b", "sha256:abc", "-x", "x".repeat(129)]) {
    it(`is refused as a tag: ${JSON.stringify(tag.slice(0, 20))}`, async (test) => {
      const { server, registry } = await aRegistry(test);
      await assert.rejects(async () => registry.resolve("demo/app", tag, forever), {
        code: "REFERENCE_INVALID",
      });
      assert.equal(server.requests.length, 0);
    });
  }
});

describe("a manifest", () => {
  it("of another size than its descriptor's is refused", async (test) => {
    const { image, registry } = await aRegistry(test);
    const { manifest } = image;
    await assert.rejects(registry.manifest("demo/app", { ...manifest, size: 7 }, forever), {
      code: "REGISTRY_PROTOCOL",
      message: `could not fetch registry.test/demo/app@${manifest.digest}: it has ${manifest.size} bytes, not the 7 that its index says`,
    });
    await registry.manifest("demo/app", manifest.digest, forever);
  });

  it("of another digest than asked for is refused", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    lieAlways(server, { do: "flipByte", at: 3 });
    await assert.rejects(registry.resolve("demo/app", image.manifest.digest, forever), {
      code: "REGISTRY_PROTOCOL",
      message: /sends a manifest of digest sha256:[0-9a-f]{64} instead$/,
    });
  });
});

describe("the requests of a client", () => {
  it("are told one by one, without anything secret", async (test) => {
    const events: RequestEvent[] = [];
    const { server, image, registry } = await aRegistry(test, {
      credential: login,
      userAgent: "oci-torrent/1.2",
      onRequest: (event) => events.push(event),
    });
    const tokens = await startTokenServer(test, { account });
    server.require({ by: "token", tokens });
    await registry.resolve("demo/app", "1", forever);
    await registry.blob("demo/app", image.config.descriptor, forever);
    lieAlways(server, { do: "reset" });
    await assert.rejects(registry.resolve("demo/app", "1", forever));
    const { host } = server;
    assert.deepEqual(events.slice(0, 5), [
      { what: "manifest", host, method: "GET", status: 401, durationMs: 0 },
      { what: "token", host: tokens.host, method: "GET", status: 200, durationMs: 0 },
      { what: "manifest", host, method: "GET", status: 200, durationMs: 0 },
      { what: "blob", host, method: "GET", status: 200, durationMs: 0 },
      { what: "manifest", host, method: "GET", status: undefined, durationMs: 0 },
    ]);
    assert.ok(server.requests.every(({ headers }) => headers["user-agent"] === "oci-torrent/1.2"));
    assert.ok(server.requests.every(({ headers }) => headers["accept-encoding"] === "identity"));
  });

  it("leave by the address that was chosen", async (test) => {
    const from: (string | undefined)[] = [];
    const server = await startTestServer(test, (_, response) => {
      from.push(response.socket?.remoteAddress);
      response.writeHead(404).end();
    });
    const registry = clientOf(test, server, { connectLocalAddress: "127.0.0.7" });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_NOT_FOUND",
    });
    assert.deepEqual(from, ["127.0.0.7"]);
  });

  it("go to the names of a lookup that was chosen", async (test) => {
    const server = await startLyingRegistry(test);
    addImage(server);
    const registry = clientOf(test, server, {
      endpoints: [{ url: `http://registry.test:${server.url.port}`, insecure: true }],
      lookup: (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    await registry.resolve("demo/app", "1", forever);
    assert.equal(server.requests[0]?.headers.host, `registry.test:${server.url.port}`);
  });

  it("say when nobody knows a name", async (test) => {
    const unknown = Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" });
    const registry = clientOf(
      test,
      { url: new URL("http://unknown.test") },
      {
        lookup: (_, __, callback) => callback(unknown, ""),
      },
    );
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_UNAVAILABLE",
      message:
        "could not fetch registry.test/demo/app:1: nobody knows the name unknown.test: check its spelling and the DNS",
    });
  });

  it("share pools, of which the oldest are closed", async (test) => {
    const server = await startLyingRegistry(test);
    addImage(server);
    const hosts = Array.from({ length: 70 }, (_, index) => `host-${index}.test`);
    const url = (host: string) => `http://${host}:${server.url.port}`;
    const client = createRegistryClient({
      endpoints: endpointMap(
        Object.fromEntries(hosts.map((host) => [host, [{ url: url(host), insecure: true }]])),
      ),
      lookup: (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    test.after(() => client.close());
    for (const host of [...hosts, ...hosts]) {
      await client.registry(host).resolve("demo/app", "1", forever);
    }
    assert.equal(server.requests.length, 140);
  });
});
