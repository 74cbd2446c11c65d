import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { createCertificate } from "../../oci/testing/index.ts";
import { createCertificateRequest } from "./certificate-request.ts";
import { membershipOf, renewAfterMs } from "./membership.ts";

describe("a membership", () => {
  it("is renewed when half of its time is over, a tenth sooner or later", () => {
    const chances = [0, 0.5, 1].map((chance) => renewAfterMs(86_400_000, () => chance));
    assert.deepEqual(chances, [38_880_000, 43_200_000, 47_520_000]);
    assert.equal(
      renewAfterMs(-5, () => 0),
      0,
    );
  });

  it("is not taken from a certificate that does not name the node", () => {
    const { cert } = createCertificate({ hosts: ["node-1"] });
    assert.ok(new X509Certificate(cert));
    assert.throws(
      () => membershipOf({ certificate: cert, bundle: cert, zone: "" }, "key", "node-1"),
      /does not name the node node-1/,
    );
  });

  it("is asked for with another key each time", () => {
    const [one, two] = [createCertificateRequest(), createCertificateRequest()];
    assert.notEqual(one.key, two.key);
    assert.ok(!one.csr.equals(two.csr));
  });
});
