import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createSecureServer, type Http2ServerRequest } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { Agent } from "undici";
import { silentLog, systemClock } from "../../runtime/index.ts";
import { createAuthority } from "../identity/x509.ts";
import { createFakeApi } from "../testing/fake-api.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { createApiClient } from "./api-client.ts";
import { isApiError } from "./api-error.ts";
import { createKubeconfigAccess } from "./kubeconfig-access.ts";
import { createReflector } from "./reflector.ts";

const RESOURCE = { group: "", version: "v1", plural: "configmaps" };
const draft = (name: string, data = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});
const never = new AbortController().signal;

/** A server that knows one token at a time, and a way to it that has its token in a file. */
async function tokenServer(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), "oci-torrent-token-"));
  t.after(() => rm(directory, { recursive: true }));
  const tokenFile = join(directory, "token");
  let good = "first";
  const api = createFakeApi();
  const server = await startFakeServer(t, api, (text) => text === `Bearer ${good}`);
  await writeFile(tokenFile, good);
  const access = createKubeconfigAccess(() => {
    const config = new KubeConfig();
    const user = { name: "pod", authProvider: { name: "tokenFile", config: { tokenFile } } };
    config.loadFromClusterAndUser({ name: "fake", server: server.url, skipTLSVerify: true }, user);
    return config;
  });
  t.after(() => access.close());
  const change = (token: string) => {
    good = token;
  };
  return { api, server, access, tokenFile, change };
}

describe("the way to an API server", () => {
  it("shares connections, and sends the token that the file holds", async (t) => {
    const { server, access } = await tokenServer(t);
    const client = createApiClient(access);
    for (let i = 0; i < 30; i += 1) {
      await client.create(RESOURCE, { namespace: "ns" }, draft(`n${i}`), never);
    }
    assert.deepEqual(new Set(server.authorizations), new Set(["Bearer first"]));
    assert.ok(server.connections() <= 2, `${server.connections()} connections`);
  });

  it("reads the token again when the server no longer knows it", async (t) => {
    const { server, access, tokenFile, change } = await tokenServer(t);
    const client = createApiClient(access);
    await client.create(RESOURCE, { namespace: "ns" }, draft("a"), never);
    await writeFile(tokenFile, "second");
    change("second");
    await client.create(RESOURCE, { namespace: "ns" }, draft("b"), never);
    assert.deepEqual(server.authorizations, ["Bearer first", "Bearer first", "Bearer second"]);
  });

  it("tells of a token that is wrong in the file too, after one more try", async (t) => {
    const { server, access, change } = await tokenServer(t);
    change("another");
    const got = createApiClient(access).get(RESOURCE, { namespace: "ns", name: "a" }, never);
    await assert.rejects(got, (error) => isApiError(error, 401));
    assert.equal(server.authorizations.length, 2);
  });

  it("stays with HTTP/1.1 where the server offers HTTP/2", async (t) => {
    const hour = 3_600_000;
    const validity = {
      notBefore: new Date(Date.now() - hour),
      notAfter: new Date(Date.now() + hour),
    };
    const { certificate: cert, key } = await createAuthority("an API server", validity);
    const versions: string[] = [];
    const server = createSecureServer({ allowHTTP1: true, cert, key });
    server.on("request", (request: Http2ServerRequest, answer) => {
      versions.push(request.httpVersion);
      answer.end("{}");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = new Agent({ connect: { rejectUnauthorized: false } });
    const control = await other.request({ origin: url, path: "/", method: "GET" });
    await control.body.dump();
    await other.close();
    const access = createKubeconfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: "real", server: url, skipTLSVerify: true },
        { name: "nobody" },
      );
      return config;
    });
    const reply = await access.send({ method: "POST", path: "/version", body: {} }, never);
    for await (const _ of reply.body);
    await access.close();
    assert.deepEqual(versions, ["2.0", "1.1"]);
  });

  it("says which cluster is missing", async () => {
    const access = createKubeconfigAccess(() => new KubeConfig());
    const sent = access.send({ method: "GET", path: "/version" }, never);
    await assert.rejects(sent, /kubeconfig names no cluster/);
  });

  it("follows objects over real connections, a byte at a time and broken", async (t) => {
    const { api, server, access } = await tokenServer(t);
    api.delivery = { chunkBytes: 1 };
    const path = "/api/v1/namespaces/ns/configmaps";
    const stop = new AbortController();
    let look = () => {};
    const reflector = createReflector(
      { access, clock: systemClock, random: () => 0, log: silentLog },
      { resource: RESOURCE, namespace: "ns", onChange: () => look() },
    );
    const until = (name: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (reflector.objects.get(`ns/${name}`) !== undefined) resolve();
        };
        look();
      });
    const running = reflector.run(stop.signal).catch(() => {});
    await reflector.synced;
    api.store.create(path, draft("a"));
    await until("a");
    server.breakConnections();
    api.store.create(path, draft("b"));
    await until("b");
    stop.abort();
    await running;
    assert.equal(reflector.objects.size, 2);
  });
});
