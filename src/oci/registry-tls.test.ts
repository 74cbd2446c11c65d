import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRegistryClient } from "./registry.ts";
import { withInsecureHosts } from "./registry-endpoints.ts";
import { forever, lieAlways } from "./testing/a-registry.ts";
import { type Certificate, createAuthority, createCertificate } from "./testing/certificates.ts";
import { startLyingRegistry } from "./testing/lying-registry.ts";
import { addImage, clientOf } from "./testing/served-image.ts";
import { startCanary } from "./testing/test-server.ts";

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
