import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { basicCredential, type Credential, identityTokenCredential } from "./credential.ts";
import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import type { OciError } from "./errors.ts";
import type { RequestEvent } from "./exchange.ts";
import { OCI_MANIFEST } from "./media-types.ts";
import { createRegistryClient } from "./registry.ts";
import { type EndpointConfig, endpointMap, withInsecureHosts } from "./registry-endpoints.ts";
import type { RegistryLimits } from "./registry-limits.ts";
import { type Certificate, createAuthority, createCertificate } from "./testing/certificates.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { type Lie, type LyingRegistry, startLyingRegistry } from "./testing/lying-registry.ts";
import { registryContract } from "./testing/registry-contract.ts";
import {
  addImage,
  type ClientOptions,
  clientOf,
  descriptorOf,
  shortTimes,
} from "./testing/served-image.ts";
import { type SeenRequest, startCanary, startTestServer } from "./testing/test-server.ts";
import { startTokenServer } from "./testing/token-server.ts";

const forever = new AbortController().signal;
const account = { username: "ada", password: "s3cret-canary" };
const login = basicCredential(account.username, account.password);

async function aRegistry(test: TestContext, options?: ClientOptions) {
  const server = await startLyingRegistry(test);
  const image = addImage(server);
  return { server, image, registry: clientOf(test, server, options) };
}

const lieAlways = (server: LyingRegistry, lie: Lie): void => server.lie(() => lie);

/** Lies to the first `times` requests only. */
function lieFirst(server: LyingRegistry, times: number, lie: Lie): void {
  let left = times;
  server.lie(() => (left-- > 0 ? lie : undefined));
}

type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** A 401 that sends us to a token service. */
const challengeOf = (service: { readonly url: URL }): Lie => ({
  do: "answer",
  status: 401,
  headers: { "www-authenticate": `Bearer realm="${service.url}"` },
});

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

type Fault = {
  readonly lie: Lie;
  readonly limits?: Partial<RegistryLimits>;
  readonly code: string;
  readonly why: string;
  readonly asked: number;
};

describe("a registry that fails", { concurrency: true }, () => {
  const answer = (status: number, headers?: Record<string, string>): Lie => ({
    do: "answer",
    status,
    ...(headers === undefined ? {} : { headers }),
  });
  // HOST stands for the server's address. `asked` is how many requests it may get.
  const faults: Record<string, Fault> = {
    "answers 401 without a challenge": {
      lie: answer(401),
      code: "REGISTRY_UNAUTHORIZED",
      why: "the registry wants a login: pass --username and --password-stdin or --authfile",
      asked: 1,
    },
    "answers 403": {
      lie: answer(403),
      code: "REGISTRY_FORBIDDEN",
      why: "the registry forbids it: ask its owner for the right to pull demo/app",
      asked: 1,
    },
    "answers 404": {
      lie: answer(404),
      code: "REGISTRY_NOT_FOUND",
      why: "HOST does not have it: check the name and the tag",
      asked: 1,
    },
    "answers 400": {
      lie: answer(400),
      code: "REGISTRY_PROTOCOL",
      why: "HOST answers 400 Bad Request: check that it is a registry and what stands in front of it",
      asked: 1,
    },
    "answers 429": {
      lie: answer(429),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST limits requests (429): try later or log in",
      asked: 5,
    },
    "answers 429 and asks for a short pause": {
      lie: answer(429, { "retry-after": "7" }),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST limits requests (429) and asks for a pause of 7 s: try later or log in",
      asked: 5,
    },
    "answers 429 and asks for a pause of an hour": {
      lie: answer(429, { "retry-after": "3600" }),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST limits requests (429) and asks for a pause of 3600 s: try later or log in",
      asked: 1,
    },
    "answers 500": {
      lie: answer(500),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST answers 500 Internal Server Error: try again later",
      asked: 5,
    },
    "answers 502": {
      lie: answer(502),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST answers 502 Bad Gateway: try again later",
      asked: 5,
    },
    "answers 503": {
      lie: answer(503),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST answers 503 Service Unavailable: try again later",
      asked: 5,
    },
    "answers 504": {
      lie: answer(504),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST answers 504 Gateway Timeout: try again later",
      asked: 5,
    },
    "answers 501": {
      lie: answer(501),
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST answers 501 Not Implemented: try again later",
      asked: 1,
    },
    "resets the connection": {
      lie: { do: "reset" },
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST cut the connection: try again later",
      asked: 5,
    },
    "never answers": {
      lie: { do: "silence" },
      limits: shortTimes,
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST does not answer within 1 s: try again later",
      asked: 2,
    },
    "sends its headers byte by byte": {
      lie: { do: "dripHead", everyMs: 10 },
      limits: shortTimes,
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST does not answer within 1 s: try again later",
      asked: 2,
    },
    "falls silent in the body": {
      lie: { do: "stall", after: 10 },
      limits: shortTimes,
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST sent nothing for 1 s: try again later",
      asked: 2,
    },
    "cuts the body": {
      lie: { do: "cut", after: 10 },
      code: "REGISTRY_UNAVAILABLE",
      why: "HOST cut the connection: try again later",
      asked: 5,
    },
    "sends a web page": {
      lie: { do: "headers", headers: { "content-type": "text/html; charset=utf-8" } },
      code: "REGISTRY_PROTOCOL",
      why: 'HOST sends content of type "text/html" where a manifest belongs',
      asked: 1,
    },
    "has schema 1 only": {
      lie: {
        do: "headers",
        headers: { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" },
      },
      code: "UNSUPPORTED",
      why: "HOST has only a docker schema 1 manifest, which is not supported: push the image again with a newer tool",
      asked: 1,
    },
    "names another digest": {
      lie: { do: "headers", headers: { "docker-content-digest": digestOf(Buffer.from("x")) } },
      code: "REGISTRY_PROTOCOL",
      why: `HOST says that the manifest is ${digestOf(Buffer.from("x"))}, but sends MANIFEST`,
      asked: 1,
    },
    "zips the manifest": {
      lie: { do: "gzip" },
      code: "REGISTRY_PROTOCOL",
      why: 'HOST sends the encoding "gzip" that nobody asked for',
      asked: 1,
    },
    "sends a manifest of more than 4 MiB": {
      lie: { do: "extend", by: 4_194_304 },
      code: "REGISTRY_PROTOCOL",
      why: "HOST sends a manifest of more than 4194304 bytes",
      asked: 1,
    },
    "announces a manifest of more than 4 MiB": {
      lie: { do: "headers", headers: { "content-length": "4194305" } },
      code: "REGISTRY_PROTOCOL",
      why: "HOST sends a manifest of more than 4194304 bytes",
      asked: 1,
    },
    "sends 17 KiB of headers": {
      lie: { do: "headers", headers: { "x-much": "x".repeat(17 * 1024) } },
      code: "REGISTRY_PROTOCOL",
      why: "HOST sends too many bytes of headers",
      asked: 1,
    },
    "redirects in a circle": {
      lie: { do: "redirect", to: "/v2/round/and/round" },
      code: "REGISTRY_PROTOCOL",
      why: "HOST redirects more than 10 times",
      asked: 11,
    },
    "redirects into a private network": {
      lie: { do: "redirect", to: "http://169.254.169.254/latest/meta-data" },
      code: "REGISTRY_PROTOCOL",
      why: "HOST redirects to 169.254.169.254, a link-local address",
      asked: 1,
    },
  };
  for (const [what, { lie, limits = {}, code, why, asked }] of Object.entries(faults)) {
    it(`${what}: ${code}`, async (test) => {
      const { server, image, registry } = await aRegistry(test, { limits });
      lieAlways(server, lie);
      const reason = why
        .replaceAll("HOST", server.host)
        .replaceAll("MANIFEST", image.manifest.digest);
      await assert.rejects(registry.resolve("demo/app", "1", forever), {
        code,
        message: `could not fetch registry.test/demo/app:1: ${reason}`,
      });
      assert.equal(server.requests.length, asked);
    });
  }

  it("is asked again after pauses that double, with jitter", async (test) => {
    const clock = createFakeClock();
    const { server, registry } = await aRegistry(test, { clock });
    lieFirst(server, 4, { do: "answer", status: 503 });
    await registry.resolve("demo/app", "1", forever);
    assert.deepEqual(clock.sleeps, [250, 500, 1_000, 2_000]);
  });

  it("is given the pause that it asks for", async (test) => {
    const clock = createFakeClock();
    const { server, registry } = await aRegistry(test, { clock });
    lieFirst(server, 1, { do: "answer", status: 429, headers: { "retry-after": "60" } });
    await registry.resolve("demo/app", "1", forever);
    assert.deepEqual(clock.sleeps, [60_000]);
  });

  it("is left alone for 30 s after ten failures in a row", async (test) => {
    const clock = createFakeClock();
    const { server, registry } = await aRegistry(test, { clock });
    lieAlways(server, { do: "answer", status: 503 });
    const attempt = () => registry.resolve("demo/app", "1", forever);
    for (const _ of [1, 2]) await assert.rejects(attempt(), { code: "REGISTRY_UNAVAILABLE" });
    assert.equal(server.requests.length, 10);
    await assert.rejects(attempt(), {
      code: "REGISTRY_UNAVAILABLE",
      message: `could not fetch registry.test/demo/app:1: ${server.host} failed 10 times in a row and is left alone for another 30 s: try again then`,
    });
    assert.equal(server.requests.length, 10);
    server.lie(() => undefined);
    clock.advance(30_000);
    await attempt();
  });

  it("is given up when a whole document takes too long", async (test) => {
    const limits = { documentMs: 60, tries: 2 };
    const { server, registry } = await aRegistry(test, { limits });
    lieAlways(server, { do: "dripBody", everyMs: 10 });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_UNAVAILABLE",
      message: `could not fetch registry.test/demo/app:1: ${server.host} does not finish its answer within 1 s: try again later`,
    });
  });

  it("does not speak HTTP: what it said is not shown", async (test) => {
    const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncanary\0\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    test.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const registry = clientOf(test, { url: new URL(`http://127.0.0.1:${port}`) });
    await assert.rejects(registry.resolve("demo/app", "1", forever), (error: OciError) => {
      assert.equal(error.code, "REGISTRY_PROTOCOL");
      assert.match(
        error.message,
        /^could not fetch .*:1: \S+ does not speak HTTP as it should \(HTTPParserError\)$/,
      );
      assert.doesNotMatch(inspect(error, { depth: 10 }), /canary/);
      return true;
    });
  });

  it("is not waited for once the caller gives up", async (test) => {
    const { server, registry } = await aRegistry(test);
    lieAlways(server, { do: "silence" });
    const caller = new AbortController();
    const asked = registry.resolve("demo/app", "1", caller.signal);
    const reason = new Error("the user pressed Ctrl-C");
    setImmediate(() => caller.abort(reason));
    await assert.rejects(asked, reason);
    await assert.rejects(registry.resolve("demo/app", "1", AbortSignal.abort(reason)), reason);
  });

  it("refuses connections: says so", async (test) => {
    const registry = clientOf(test, { url: new URL("http://127.0.0.1:1") });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_UNAVAILABLE",
      message:
        "could not fetch registry.test/demo/app:1: 127.0.0.1:1 refuses connections: check that a registry listens there",
    });
  });
});

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

describe("TLS", { concurrency: true }, () => {
  const authority = createAuthority();
  const yesterday = new Date(Date.now() - 3_600_000);
  // HOST stands for the server's address.
  const faults: Record<string, { tls: Certificate; ca?: string; why: string }> = {
    "a certificate of nobody known": {
      tls: createCertificate({ hosts: ["127.0.0.1"] }),
      why: "nobody known has signed the certificate of HOST: set caFile of this registry, or allow it by --insecure-registry HOST",
    },
    "an expired certificate": {
      tls: createCertificate({ hosts: ["127.0.0.1"], issuer: authority, notAfter: yesterday }),
      ca: authority.cert,
      why: "the certificate of HOST is not valid today: check this machine's clock or have it renewed",
    },
    "a certificate for another host": {
      tls: createCertificate({ hosts: ["other.test"], issuer: authority }),
      ca: authority.cert,
      why: "the certificate of HOST is for another host: use the name in it",
    },
  };
  for (const [what, { tls, ca, why }] of Object.entries(faults)) {
    it(`refuses ${what}`, async (test) => {
      const server = await startLyingRegistry(test, tls);
      addImage(server);
      const endpoints = [{ url: server.url.href, ...(ca === undefined ? {} : { ca }) }];
      const registry = clientOf(test, server, { endpoints });
      await assert.rejects(registry.resolve("demo/app", "1", forever), {
        code: "REGISTRY_TLS_VERIFY_FAILED",
        message: `could not fetch registry.test/demo/app:1: ${why.replaceAll("HOST", server.host)}`,
      });
      assert.equal(server.requests.length, 0);
    });

    it(`takes ${what} where told to`, async (test) => {
      const server = await startLyingRegistry(test, tls);
      addImage(server);
      const endpoints = [{ url: server.url.href, insecure: true }];
      await clientOf(test, server, { endpoints }).resolve("demo/app", "1", forever);
    });
  }

  it("says when the server speaks plain http", async (test) => {
    const server = await startLyingRegistry(test);
    const registry = clientOf(test, server, { endpoints: [{ url: `https://${server.host}` }] });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_TLS_VERIFY_FAILED",
      message: `could not fetch registry.test/demo/app:1: ${server.host} does not speak TLS: if it speaks plain http, allow it by --insecure-registry ${server.host}`,
    });
    assert.equal(server.requests.length, 0);
  });

  it("is not left for plain http, not even on loopback, unless the host is allowed to", async (test) => {
    const server = await startLyingRegistry(test);
    addImage(server);
    for (const [allowed, code] of [
      [[], "REGISTRY_TLS_VERIFY_FAILED"],
      [[server.host], undefined],
    ] as const) {
      const client = createRegistryClient({ endpoints: withInsecureHosts(new Map(), allowed) });
      test.after(() => client.close());
      const asked = client.registry(server.host).resolve("demo/app", "1", forever);
      if (code === undefined) await asked;
      else await assert.rejects(asked, { code });
    }
  });

  it("is not left by a redirect to plain http", async (test) => {
    const tls = createCertificate({ hosts: ["127.0.0.1"], issuer: authority });
    const server = await startLyingRegistry(test, tls);
    const canary = await startCanary(test);
    lieAlways(server, { do: "redirect", to: canary.url.href });
    const registry = clientOf(test, server, {
      endpoints: [{ url: server.url.href, ca: authority.cert }],
    });
    await assert.rejects(registry.resolve("demo/app", "1", forever), {
      code: "REGISTRY_PROTOCOL",
      message: `could not fetch registry.test/demo/app:1: ${server.host} redirects from https to plain http at ${canary.host}`,
    });
    assert.equal(canary.requests.length, 0);
  });

  it("is checked at a redirect's target even when the registry's own is not", async (test) => {
    const server = await startLyingRegistry(test, createCertificate({ hosts: ["127.0.0.1"] }));
    const other = await startLyingRegistry(test, createCertificate({ hosts: ["127.0.0.1"] }));
    lieAlways(server, { do: "redirect", to: other.url.href });
    await assert.rejects(clientOf(test, server).resolve("demo/app", "1", forever), {
      code: "REGISTRY_TLS_VERIFY_FAILED",
    });
    assert.equal(other.requests.length, 0);
  });
});

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

describe("a blob", { concurrency: true }, () => {
  // HOST stands for the server's address.
  const faults: Record<string, { lie: Lie; from?: number; why: string }> = {
    "with a wrong length": {
      lie: { do: "headers", headers: { "content-length": "36" } },
      why: 'HOST announces "36" bytes where 37 belong',
    },
    "in an encoding": {
      lie: { do: "gzip" },
      why: 'HOST sends the encoding "gzip" that nobody asked for',
    },
    "from another byte on": {
      lie: { do: "shiftRange", by: 1 },
      from: 5,
      why: "HOST sends another part of the blob than it was asked for",
    },
    "of another size": {
      lie: { do: "headers", headers: { "content-range": "bytes 5-36/38" } },
      from: 5,
      why: "HOST sends another part of the blob than it was asked for",
    },
    "in part though nobody asked": {
      lie: { do: "answer", status: 206, headers: { "content-range": "bytes 0-36/37" } },
      why: "HOST sends another part of the blob than it was asked for",
    },
    "out of range": {
      lie: { do: "answer", status: 416 },
      from: 5,
      why: "HOST answers 416 Range Not Satisfiable: check that it is a registry and what stands in front of it",
    },
  };
  for (const [what, { lie, from = 0, why }] of Object.entries(faults)) {
    it(`${what} is refused before its first byte`, async (test) => {
      const { server, image, registry } = await aRegistry(test);
      const { descriptor } = image.config;
      lieAlways(server, lie);
      await assert.rejects(registry.openBlob("demo/app", descriptor, from, forever), {
        code: "REGISTRY_PROTOCOL",
        message: `could not fetch blob ${descriptor.digest} of registry.test/demo/app: ${why.replace("HOST", server.host)}`,
      });
      server.lie(() => undefined);
      const stream = await registry.openBlob("demo/app", descriptor, from, forever);
      assert.equal(stream.start, from);
      stream.report("broken");
    });
  }

  const wrong: Record<string, Lie> = {
    "with a wrong byte": { do: "flipByte", at: 36 },
    "that is short": { do: "truncate", by: 1 },
    "that is long": { do: "extend", by: 1 },
  };
  for (const [what, lie] of Object.entries(wrong)) {
    it(`small and ${what} is refused, and after the second time not asked for`, async (test) => {
      const { server, image, registry } = await aRegistry(test);
      const { descriptor } = image.config;
      const name = `blob ${descriptor.digest} of registry.test/demo/app`;
      lieAlways(server, lie);
      for (const _ of [1, 2]) {
        await assert.rejects(registry.blob("demo/app", descriptor, forever), {
          code: "REGISTRY_PROTOCOL",
          message: `could not fetch ${name}: ${server.host} sends bytes that do not match the digest`,
        });
      }
      await assert.rejects(registry.blob("demo/app", descriptor, forever), {
        code: "REGISTRY_PROTOCOL",
        message: `could not fetch ${name}: ${server.host} gave wrong bytes twice and is not asked for this again for now: push the image anew or ask another registry`,
      });
      assert.equal(server.requests.length, 2);
    });
  }

  it("is given whole by a server that does not do ranges", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    lieAlways(server, { do: "ignoreRange" });
    const stream = await registry.openBlob("demo/app", image.config.descriptor, 5, forever);
    assert.equal(stream.start, 0);
    stream.report("broken");
  });

  it("of more than 8 MiB is not read into memory", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    const descriptor = { ...image.config.descriptor, size: 8_388_609 };
    await assert.rejects(registry.blob("demo/app", descriptor, forever), {
      code: "UNSUPPORTED",
      message: `could not fetch blob ${descriptor.digest} of registry.test/demo/app: it has 8388609 bytes, and at most 8388608 are read into memory`,
    });
    assert.equal(server.requests.length, 0);
  });

  it("that is foreign is asked of the registry, and of nobody else", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    const canary = await startCanary(test);
    const here = { ...image.config.descriptor, urls: [canary.url.href] };
    await registry.blob("demo/app", here, forever);
    const absent: Descriptor = { ...descriptorOf(Buffer.from("gone")), urls: [canary.url.href] };
    await assert.rejects(registry.openBlob("demo/app", absent, 0, forever), {
      code: "UNSUPPORTED",
      message: `could not fetch blob ${absent.digest} of registry.test/demo/app: it is a ForeignLayer that ${server.host} does not hold, and the urls of an image are never followed: push the image with its foreign layers`,
    });
    assert.equal(canary.requests.length, 0);
  });
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
