import { generateKeyPairSync, sign } from "node:crypto";
import { BitString, Constructed, fromBER, Integer, ObjectIdentifier, Sequence } from "asn1js";

/** A fresh P-256 key in PEM (PKCS #8), and a certificate request for it (PKCS #10 in DER, RFC 2986). */
export type CertificateRequest = { readonly key: string; readonly csr: Buffer };

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

/** The request has no names: the controller knows who asks. */
export function createCertificateRequest(): CertificateRequest {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const info = new Sequence({
    value: [
      new Integer({ value: 0 }),
      new Sequence({ value: [] }),
      fromBER(publicKey.export({ type: "spki", format: "der" })).result,
      new Constructed({ idBlock: { tagClass: CONTEXT_SPECIFIC, tagNumber: 0 }, value: [] }),
    ],
  });
  const request = new Sequence({
    value: [
      info,
      new Sequence({ value: [new ObjectIdentifier({ value: ECDSA_WITH_SHA256 })] }),
      new BitString({ valueHex: sign("sha256", Buffer.from(info.toBER()), privateKey) }),
    ],
  });
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    csr: Buffer.from(request.toBER()),
  };
}

const CONTEXT_SPECIFIC = 3;
