import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { identityTokenCredential } from "./credential.ts";
import { aRegistry, forever, lieAlways, login } from "./testing/a-registry.ts";
import type { Lie } from "./testing/lying-registry.ts";
import { type SeenRequest, startCanary, startTestServer } from "./testing/test-server.ts";

type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** A 401 that sends us to a token service. */
const challengeOf = (service: { readonly url: URL }): Lie => ({
  do: "answer",
  status: 401,
  headers: { "www-authenticate": `Bearer realm="${service.url}"` },
});

describe("a token service that fails", { concurrency: true }, () => {
  // SERVICE stands for its address.
  const faults: Record<string, { answer: Handler; code: string; why: string; asked: number }> = {
    "is down": {
      answer: (_, response) => response.writeHead(503).end(),
      code: "REGISTRY_UNAVAILABLE",
      why: "SERVICE answers 503 Service Unavailable: try again later",
      asked: 5,
    },
    "is not there": {
      answer: (_, response) => response.writeHead(404).end(),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE answers 404 Not Found: check that it is a registry and what stands in front of it",
      asked: 1,
    },
    "limits requests": {
      answer: (_, response) => response.writeHead(429).end(),
      code: "REGISTRY_UNAVAILABLE",
      why: "SERVICE limits requests (429): try later or log in",
      asked: 5,
    },
    "answers with something that is not JSON": {
      answer: (_, response) => response.end("<html>"),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE answers a request for a token without one",
      asked: 1,
    },
    "answers with a list": {
      answer: (_, response) => response.end("[]"),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE answers a request for a token without one",
      asked: 1,
    },
    "answers with a token that would break a header": {
      answer: (_, response) => response.end('{"token":"a\\r\\nx-evil: 1"}'),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE answers a request for a token without one",
      asked: 1,
    },
    "answers with more than 64 KiB": {
      answer: (_, response) => response.end(`{"token":"${"x".repeat(65_536)}"}`),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE sends a token answer of more than 65536 bytes",
      asked: 1,
    },
    "redirects in a circle": {
      answer: (_, response) => response.writeHead(302, { location: "/round" }).end(),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE redirects more than 10 times",
      asked: 11,
    },
    "redirects to the machine's metadata": {
      answer: (_, response) =>
        response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
      code: "REGISTRY_PROTOCOL",
      why: "SERVICE redirects to 169.254.169.254, a link-local address",
      asked: 1,
    },
  };
  for (const [what, { answer, code, why, asked }] of Object.entries(faults)) {
    it(`${what}: ${code}`, async (test) => {
      const service = await startTestServer(test, answer);
      const { server, registry } = await aRegistry(test);
      lieAlways(server, challengeOf(service));
      await assert.rejects(registry.resolve("demo/app", "1", forever), {
        code,
        message: `could not fetch registry.test/demo/app:1: ${why.replaceAll("SERVICE", service.host)}`,
      });
      assert.equal(service.requests.length, asked);
    });
  }

  it("redirects with a password: the other origin gets none", async (test) => {
    const canary = await startCanary(test, (_, response) => response.end('{"token":"t"}'));
    const service = await startTestServer(test, (_, response) =>
      response.writeHead(302, { location: canary.url.href }).end(),
    );
    const { server, registry } = await aRegistry(test, { credential: login });
    lieAlways(server, challengeOf(service));
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_UNAUTHORIZED",
    });
    assert.ok(service.requests[0]?.headers.authorization?.startsWith("Basic "));
    assert.equal(canary.requests.length, 1);
    assert.deepEqual(canary.secretsSeen(), []);
  });

  it("redirects a refresh token: it is not repeated", async (test) => {
    const canary = await startCanary(test);
    const service = await startTestServer(test, (_, response) =>
      response.writeHead(307, { location: canary.url.href }).end(),
    );
    const credential = identityTokenCredential("refresh-canary");
    const { server, registry } = await aRegistry(test, { credential });
    lieAlways(server, challengeOf(service));
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_PROTOCOL",
      message: `could not fetch registry.test/demo/app:1: ${service.host} redirects a login, which is never repeated elsewhere`,
    });
    assert.equal(canary.requests.length, 0);
  });

  it("lies in another domain: the password stays here", async (test) => {
    const { server, registry } = await aRegistry(test, { credential: login });
    const realm = "http://tokens.example.net/token";
    lieAlways(server, {
      do: "answer",
      status: 401,
      headers: { "www-authenticate": `Bearer realm="${realm}"` },
    });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_PROTOCOL",
      message: `could not fetch registry.test/demo/app:1: ${server.host} wants the login sent to tokens.example.net, which is of another domain: add it to trustedHosts of this registry if it is right`,
    });
  });
});
