import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { digestOf } from "./digest.ts";
import type { OciError } from "./errors.ts";
import type { RegistryLimits } from "./registry-limits.ts";
import { aRegistry, forever, lieAlways, lieFirst } from "./testing/a-registry.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import type { Lie } from "./testing/lying-registry.ts";
import { clientOf, shortTimes } from "./testing/served-image.ts";

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
