import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { type MetricsServer, openMetricsServer } from "./metrics-server.ts";
import { createMetricsRegistry } from "./process-metrics.ts";

describe("the metrics server", () => {
  const stop = new AbortController();
  const health: { problem: string | undefined } = { problem: undefined };
  let server: MetricsServer;
  let running: Promise<void>;

  before(async () => {
    server = await openMetricsServer({
      host: "127.0.0.1",
      port: 0,
      metrics: createMetricsRegistry(),
      live: [{ name: "event loop", check: () => undefined }],
      ready: [
        { name: "store", check: () => undefined },
        { name: "api", check: () => health.problem },
      ],
    });
    running = server.run(stop.signal);
  });
  after(async () => {
    stop.abort();
    await running;
  });

  const ask = (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, init);

  it("serves the process's metrics", async () => {
    const response = await ask("/metrics");
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    assert.match(await response.text(), /^process_resident_memory_bytes \d+$/m);
  });

  it("answers probes shortly, or with every check", async () => {
    health.problem = undefined;
    assert.equal(await (await ask("/livez")).text(), "ok\n");
    assert.equal(await (await ask("/readyz")).text(), "ok\n");
    const verbose = await ask("/readyz?verbose");
    assert.equal(await verbose.text(), "[+] store ok\n[+] api ok\nok\n");
  });

  it("answers 503 and names the check that fails", async () => {
    health.problem = "draining";
    const short = await ask("/readyz");
    assert.equal(short.status, 503);
    assert.equal(await short.text(), "not ok\n");
    const verbose = await ask("/readyz?verbose");
    assert.equal(await verbose.text(), "[+] store ok\n[-] api failed: draining\nnot ok\n");
    assert.equal((await ask("/livez")).status, 200);
  });

  it("answers HEAD without a body", async () => {
    const response = await ask("/metrics", { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get("content-length")) > 0);
    assert.equal(await response.text(), "");
  });

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    it(`refuses ${method}`, async () => {
      const response = await ask("/metrics", { method });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get("allow"), "GET, HEAD");
    });
  }

  it("knows no other path", async () => assert.equal((await ask("/")).status, 404));

  const raw: Record<string, [string, RegExp]> = {
    "headers of more than 16 KiB": [
      `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    "a path that is no URL": [
      "GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 404 /,
    ],
    "something else than HTTP": ["\x16\x03\x01\x02\x00\x01\r\n\r\n", /^HTTP\/1\.1 400 /],
  };
  for (const [what, [request, expected]] of Object.entries(raw)) {
    it(`answers ${what} and closes`, async () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(request);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("error", () => {});
      await once(socket, "close");
      assert.match(Buffer.concat(chunks).toString("latin1"), expected);
    });
  }
});

describe("a metrics server's end", () => {
  const options = {
    host: "127.0.0.1",
    port: 0,
    metrics: { contentType: "text/plain", metrics: () => Promise.reject(new Error("broken")) },
    live: [
      {
        name: "thrower",
        check: () => {
          throw new Error("broken check");
        },
      },
    ],
    ready: [],
  };

  it("closes connections that idle, at once", async () => {
    const stop = new AbortController();
    const server = await openMetricsServer(options);
    const running = server.run(stop.signal);
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    stop.abort();
    await Promise.all([running, once(socket, "close")]);
  });

  it("says which port is taken", async () => {
    const stop = new AbortController();
    const first = await openMetricsServer(options);
    await assert.rejects(openMetricsServer({ ...options, port: first.port }), {
      code: "EADDRINUSE",
    });
    stop.abort();
    await first.run(stop.signal);
  });

  it("takes a check that throws for one that fails, and metrics that fail for an error of the server", async () => {
    const stop = new AbortController();
    const server = await openMetricsServer(options);
    const running = server.run(stop.signal);
    const livez = await fetch(`http://127.0.0.1:${server.port}/livez?verbose`);
    assert.equal(await livez.text(), "[-] thrower failed: broken check\nnot ok\n");
    const metrics = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    assert.equal(metrics.status, 500);
    stop.abort();
    await running;
  });
});
