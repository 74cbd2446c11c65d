import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { OCI_MANIFEST } from "./media-types.ts";
import type { EndpointConfig } from "./registry-endpoints.ts";
import { account, forever, lieAlways, login } from "./testing/a-registry.ts";
import { type Lie, type LyingRegistry, startLyingRegistry } from "./testing/lying-registry.ts";
import { addImage, clientOf } from "./testing/served-image.ts";

describe("a mirror", { concurrency: true }, () => {
  const withMirror = async (test: TestContext, mirrorOptions: Partial<EndpointConfig> = {}) => {
    const [mirror, server] = [await startLyingRegistry(test), await startLyingRegistry(test)];
    const image = addImage(server);
    const registry = clientOf(test, server, {
      credential: login,
      limits: { headersMs: 1_000 },
      endpoints: [
        { url: mirror.url.href, insecure: true, mirror: true, ...mirrorOptions },
        { url: server.url.href, insecure: true },
      ],
    });
    return { mirror, server, image, registry };
  };

  it("is asked first, and told for which registry", async (test) => {
    const { mirror, server, registry } = await withMirror(test);
    addImage(mirror);
    await registry.resolve("demo/app", "1", forever);
    assert.equal(mirror.requests[0]?.url.search, "?ns=registry.test");
    assert.equal(server.requests.length, 0);
  });

  const lies: Record<string, Lie> = {
    "answers 404": { do: "answer", status: 404 },
    "answers 401": { do: "answer", status: 401 },
    "answers 403": { do: "answer", status: 403 },
    "answers 500": { do: "answer", status: 500 },
    "resets the connection": { do: "reset" },
    "never answers": { do: "silence" },
    "sends a web page": { do: "headers", headers: { "content-type": "text/html" } },
    "sends another manifest": { do: "flipByte", at: 3 },
  };
  for (const [what, lie] of Object.entries(lies)) {
    it(`that ${what} is passed over at once`, async (test) => {
      const { mirror, image, registry } = await withMirror(test);
      addImage(mirror);
      lieAlways(mirror, lie);
      const found = await registry.manifest("demo/app", image.manifest.digest, forever);
      assert.equal(found.descriptor.digest, image.manifest.digest);
      assert.equal(mirror.requests.length, 1);
    });
  }

  it("gets no login, and a registry behind it does", async (test) => {
    const { mirror, server, registry } = await withMirror(test);
    mirror.require({ by: "basic", ...account });
    server.require({ by: "basic", ...account });
    await registry.resolve("demo/app", "1", forever);
    const sent = (from: LyingRegistry) =>
      from.requests.some(({ headers }) => headers.authorization !== undefined);
    assert.deepEqual([sent(mirror), sent(server)], [false, true]);
  });

  it("gets the login where the owner says so", async (test) => {
    const { mirror, server, registry } = await withMirror(test, { sendsCredential: true });
    addImage(mirror);
    mirror.require({ by: "basic", ...account });
    await registry.resolve("demo/app", "1", forever);
    assert.equal(server.requests.length, 0);
  });

  it("may keep the registry's repositories below a path", async (test) => {
    const { mirror, registry } = await withMirror(test, {});
    mirror.addManifest("proxy/demo/app", "1", OCI_MANIFEST, "{}");
    const below = clientOf(test, mirror, {
      endpoints: [{ url: `${mirror.url}proxy/`, insecure: true, mirror: true }],
    });
    await below.resolve("demo/app", "1", forever);
    assert.equal(mirror.requests[0]?.url.pathname, "/v2/proxy/demo/app/manifests/1");
    await registry.resolve("demo/app", "1", forever);
  });
});
