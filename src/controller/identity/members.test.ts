import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { describe, it } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { loadAuthorities } from "./authorities.ts";
import { createServerPair, memberUri, signMember } from "./members.ts";
import { aRequest } from "./testing/a-request.ts";
import { createMemoryAuthorityStore } from "./testing/memory-authority-store.ts";

const { signal } = new AbortController();
const member = { trustDomain: "cluster.local", node: "node-1", addresses: ["10.0.0.1", "fd00::1"] };
const authorities = await loadAuthorities(createMemoryAuthorityStore(), new Date(), signal);

describe("a member's certificate", () => {
  it("names the node by URI and addresses, whatever the request says, and lasts 24 h", async () => {
    const now = new Date();
    const { csr } = await aRequest({ names: ["spiffe://cluster.local/node/node-2"] });
    const { certificate } = await signMember(authorities, csr, member, now);
    const parsed = new X509Certificate(certificate);
    assert.equal(
      parsed.subjectAltName,
      "URI:spiffe://cluster.local/node/node-1, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1",
    );
    assert.equal(parsed.subject, "CN=oci-torrent agent");
    assert.equal(parsed.ca, false);
    assert.ok(parsed.verify(new X509Certificate(authorities[0]?.certificate ?? "").publicKey));
    const lastsMs = parsed.validToDate.getTime() - now.getTime();
    assert.ok(lastsMs <= 24 * 60 * 60 * 1_000 && lastsMs > 23.9 * 60 * 60 * 1_000);
  });

  it("is for the key of the request: two members can talk with theirs, and each knows the other", async () => {
    const [one, two] = await Promise.all(
      ["node-1", "node-2"].map(async (node) => {
        const { csr, key } = await aRequest({});
        const addresses = ["127.0.0.1"];
        const asked = { ...member, node, addresses };
        const { certificate, bundle } = await signMember(authorities, csr, asked, new Date());
        return { cert: certificate, key, ca: bundle };
      }),
    );
    assert.ok(one && two);
    const server = createServer({ ...one, requestCert: true, rejectUnauthorized: true });
    const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const client = connect({ ...two, host: "127.0.0.1", port });
    try {
      await once(client, "secureConnect");
      const [served] = await accepted;
      assert.equal(
        client.getPeerCertificate().subjectaltname,
        `URI:${memberUri("cluster.local", "node-1")}, IP Address:127.0.0.1`,
      );
      assert.equal(
        served.getPeerCertificate().subjectaltname,
        `URI:${memberUri("cluster.local", "node-2")}, IP Address:127.0.0.1`,
      );
    } finally {
      client.destroy();
      server.close();
    }
  });

  it("is not made from a request that cannot be right", async () => {
    const { csr } = await aRequest({});
    const otherKey = Buffer.from(csr);
    // The last byte is the signature's.
    otherKey.writeUInt8((otherKey.at(-1) ?? 0) ^ 1, otherKey.length - 1);
    const wrong = {
      nothing: Buffer.of(),
      garbage: Buffer.from("garbage"),
      "half a request": csr.subarray(0, csr.length / 2),
      "a wrong signature": otherKey,
      "a key on another curve": (
        await aRequest({ algorithm: { name: "ECDSA", namedCurve: "P-384" } })
      ).csr,
      "an RSA key": (await aRequest({ algorithm: RSA })).csr,
    };
    const sign = (request: Uint8Array) => signMember(authorities, request, member, new Date());
    assert.match((await sign(csr)).certificate, /BEGIN CERTIFICATE/);
    for (const [what, request] of Object.entries(wrong)) {
      await assert.rejects(sign(request), { code: "CSR_INVALID" }, what);
    }
  });
});

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2_048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

describe("a controller's certificate", () => {
  it("is for its DNS names", async () => {
    const { certificate } = await createServerPair(authorities, ["a.ns.svc"], new Date());
    const parsed = new X509Certificate(certificate);
    assert.equal(parsed.checkHost("a.ns.svc"), "a.ns.svc");
    assert.equal(parsed.checkHost("b.ns.svc"), undefined);
  });

  it("is not made without an authority", async () => {
    await assert.rejects(createServerPair([], ["a.ns.svc"], new Date()), {
      code: "AUTHORITY_INVALID",
    });
  });
});
