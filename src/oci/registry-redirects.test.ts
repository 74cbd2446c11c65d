import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { account, aRegistry, forever, lieAlways, login } from "./testing/a-registry.ts";
import type { ClientOptions } from "./testing/served-image.ts";
import { startCanary } from "./testing/test-server.ts";
import { startTokenServer } from "./testing/token-server.ts";

describe("a redirect of a blob", { concurrency: true }, () => {
  const toCanary = async (test: TestContext, options?: ClientOptions) => {
    const { server, image, registry } = await aRegistry(test, { credential: login, ...options });
    const canary = await startCanary(test, (request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? "0"));
      const head = start > 0 ? { "content-range": `bytes ${start}-36/37` } : {};
      response.writeHead(start > 0 ? 206 : 200, head).end(image.config.bytes.subarray(start));
    });
    server.require({ by: "basic", ...account });
    server.lie(({ headers }) =>
      headers.authorization === undefined
        ? undefined
        : { do: "redirect", to: `${canary.url}store?X-Signature=canary` },
    );
    return { server, image, registry, canary };
  };

  it("is followed to another origin, which sees no login", async (test) => {
    const { image, registry, canary, server } = await toCanary(test);
    const bytes = await registry.blob("demo/app", image.config.descriptor, forever);
    assert.deepEqual(bytes, image.config.bytes);
    assert.ok(server.requests.at(-1)?.headers.authorization?.startsWith("Basic "));
    assert.equal(canary.requests.length, 1);
    assert.deepEqual(canary.secretsSeen(), []);
  });

  it("takes the range along", async (test) => {
    const { image, registry, canary } = await toCanary(test);
    const stream = await registry.openBlob("demo/app", image.config.descriptor, 5, forever);
    assert.equal(stream.start, 5);
    stream.report("broken");
    assert.equal(canary.requests[0]?.headers.range, "bytes=5-");
  });

  it("is answered as nobody when the other origin wants a login", async (test) => {
    const { server, image, registry } = await aRegistry(test, { credential: login });
    const tokens = await startTokenServer(test);
    const other = await startCanary(test, ({ headers }, response) => {
      const scope = tokens.scopeOf(headers.authorization?.replace("Bearer ", "") ?? "");
      if (scope === "theirs") return response.end(image.config.bytes);
      const challenge = `Bearer realm="${tokens.realm}",scope="theirs"`;
      return response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    server.require({ by: "basic", ...account });
    server.lie(({ headers }) =>
      headers.authorization === undefined ? undefined : { do: "redirect", to: other.url.href },
    );
    await registry.blob("demo/app", image.config.descriptor, forever);
    assert.equal(tokens.requests[0]?.headers.authorization, undefined);
    const sent = other.requests.map(({ headers }) => headers.authorization?.split(" ")[0]);
    assert.deepEqual(sent, [undefined, "Bearer"]);
  });

  it("that comes back to the registry comes as nobody", async (test) => {
    const { server, image, registry } = await aRegistry(test, { credential: login });
    const other = await startCanary(test, (_, response) =>
      response.writeHead(307, { location: `${server.url}v2/demo/app/secret` }).end(),
    );
    server.require({ by: "basic", ...account });
    server.lie(({ url, headers }) => {
      if (url.pathname.endsWith("/secret")) return { do: "answer", status: 404 };
      return headers.authorization === undefined
        ? undefined
        : { do: "redirect", to: other.url.href };
    });
    await assert.rejects(registry.blob("demo/app", image.config.descriptor, forever), {
      code: "REGISTRY_NOT_FOUND",
    });
    assert.equal(server.requests.at(-1)?.headers.authorization, undefined);
  });

  it("never shows its signature in a message", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    lieAlways(server, { do: "redirect", to: "ftp://store.example/x?X-Signature=canary" });
    await assert.rejects(registry.blob("demo/app", image.config.descriptor, forever), (error) => {
      assert.match(inspect(error, { depth: 10 }), /redirects to a ftp: URL/);
      assert.doesNotMatch(inspect(error, { depth: 10 }), /canary/);
      return true;
    });
  });
});
