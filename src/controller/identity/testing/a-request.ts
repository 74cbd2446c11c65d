// Before the X.509 library, which wants it.
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from "@peculiar/x509";

type KeyAlgorithm = webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams;

/** A certificate request in DER with its fresh key in PEM; on P-256 and without names unless said otherwise. */
export async function aRequest({
  algorithm = { name: "ECDSA", namedCurve: "P-256" },
  names = [],
}: {
  readonly algorithm?: KeyAlgorithm;
  readonly names?: readonly string[];
}): Promise<{ readonly csr: Buffer; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: "CN=whoever",
    keys,
    signingAlgorithm: { hash: "SHA-256", ...algorithm },
    extensions: names.map((value) => new SubjectAlternativeNameExtension([{ type: "url", value }])),
  });
  return {
    csr: Buffer.from(request.rawData),
    key: KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
