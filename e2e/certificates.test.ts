// What the controller issues, judged by OpenSSL; and requests that OpenSSL made, judged by the controller.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type Authority, bundleOf, loadAuthorities, signMember } from "../src/controller/index.ts";
import { createMemoryAuthorityStore } from "../src/controller/testing/index.ts";
import { suite } from "./support/at-end.ts";
import { run } from "./support/processes.ts";
import { lacking, program } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const member = { trustDomain: "cluster.local", node: "node-1", addresses: ["10.0.0.1", "fd00::1"] };
const P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

describe("certificates", { skip: lacking("openssl"), timeout: 60_000 }, () => {
  const directory = tempDir(suite());
  const file = (name: string) => join(directory, name);
  const openssl = async (...args: string[]) => await run(program("openssl"), args);
  let authorities: readonly Authority[] = [];

  /** A request in DER by `openssl req`. */
  async function request(...options: string[]): Promise<Buffer> {
    const files = ["-keyout", file("key.pem"), "-out", file("csr.der"), "-outform", "DER"];
    await openssl("req", "-new", "-nodes", "-subj", "/CN=node-2", ...options, ...files);
    return readFileSync(file("csr.der"));
  }
  const sign = (csr: Uint8Array) => signMember(authorities, csr, member, new Date());

  before(async () => {
    const { signal } = new AbortController();
    authorities = await loadAuthorities(createMemoryAuthorityStore(), new Date(), signal);
    writeFileSync(file("ca.pem"), bundleOf(authorities));
  });

  it("are right for OpenSSL: chain, purposes, names and key", async () => {
    const asked = ["-addext", "subjectAltName=URI:spiffe://cluster.local/node/node-2"];
    const { certificate } = await sign(await request(...P256, ...asked));
    writeFileSync(file("cert.pem"), certificate);
    for (const purpose of ["sslserver", "sslclient"]) {
      const strict = ["-x509_strict", "-purpose", purpose, "-CAfile", file("ca.pem")];
      const { stdout } = await openssl("verify", ...strict, file("cert.pem"));
      assert.match(stdout, /cert\.pem: OK/);
    }
    const { stdout } = await openssl("x509", "-in", file("cert.pem"), "-noout", "-text");
    assert.match(
      stdout,
      /URI:spiffe:\/\/cluster\.local\/node\/node-1, IP Address:10\.0\.0\.1, IP Address:FD00:0:0:0:0:0:0:1\n/,
    );
    assert.doesNotMatch(stdout, /node-2/);
    assert.match(stdout, /CA:FALSE/);
    const [ofKey, ofCertificate] = [
      await openssl("pkey", "-in", file("key.pem"), "-pubout"),
      await openssl("x509", "-in", file("cert.pem"), "-noout", "-pubkey"),
    ];
    assert.equal(ofCertificate.stdout, ofKey.stdout);
  });

  it("cannot be used to sign others", async () => {
    const { certificate } = await sign(await request(...P256));
    writeFileSync(file("cert.pem"), certificate);
    const key = ["-CA", file("cert.pem"), "-CAkey", file("key.pem")];
    const child = ["-out", file("child.pem"), "-keyout", file("child.key"), "-subj", "/CN=child"];
    await openssl("req", "-x509", "-nodes", ...P256, ...child, ...key);
    const chain = ["verify", "-CAfile", file("ca.pem"), "-untrusted", file("cert.pem")];
    await assert.rejects(openssl(...chain, file("child.pem")), /invalid CA certificate/);
    assert.match((await openssl(...chain, file("cert.pem"))).stdout, /OK/);
  });

  const weak: Record<string, readonly string[]> = {
    "an RSA key of 512 bits": ["-newkey", "rsa:512"],
    "an RSA key": ["-newkey", "rsa:2048"],
    "a key on secp256k1": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "an Ed25519 key": ["-newkey", "ed25519"],
  };
  for (const [what, options] of Object.entries(weak)) {
    it(`are refused to a request with ${what}`, async () => {
      await sign(await request(...P256));
      await assert.rejects(sign(await request(...options)), { code: "CSR_INVALID" });
    });
  }
});
