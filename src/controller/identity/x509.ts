// The X.509 library wants this polyfill to be there before it.
import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { IdentityError } from "./errors.ts";

// The one file that knows the X.509 library: makes and signs certificates (RFC 5280) with P-256 keys.

/** PEM texts of a certificate and its key (PKCS #8). */
export type KeyPair = { readonly certificate: string; readonly key: string };
export type Validity = { readonly notBefore: Date; readonly notAfter: Date };
export type PublicKey = webcrypto.CryptoKey;

/** Whom a certificate is for. */
export type Subject = {
  readonly commonName: string;
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
};

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { ...P256, hash: "SHA-256" } as const;

/** A certificate authority that signs members, and no other authorities. */
export async function createAuthority(commonName: string, validity: Validity): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    serialNumber: serialNumber(),
    ...validity,
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), key: await exportKey(keys.privateKey) };
}

/** A certificate for a key that somebody else has. PEM. */
export async function signCertificate(
  authority: KeyPair,
  publicKey: PublicKey,
  subject: Subject,
  validity: Validity,
): Promise<string> {
  const { issuer, signingKey } = await signerOf(authority);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${subject.commonName}`,
    issuer: issuer.subjectName,
    serialNumber: serialNumber(),
    ...validity,
    publicKey,
    signingKey,
    signingAlgorithm: SIGNING,
    extensions: await memberExtensions(issuer, publicKey, subject),
  });
  return pemOf(certificate);
}

type Signer = { readonly issuer: X509Certificate; readonly signingKey: webcrypto.CryptoKey };

/** Of authorities that are in use: a thousand agents may ask at once, and reading one takes as long as signing. */
const signers = new WeakMap<KeyPair, Promise<Signer>>();

function signerOf(authority: KeyPair): Promise<Signer> {
  const known = signers.get(authority);
  if (known !== undefined) return known;
  const read = readSigner(authority);
  signers.set(authority, read);
  return read;
}

const readSigner = async ({ certificate, key }: KeyPair): Promise<Signer> => ({
  issuer: new X509Certificate(certificate),
  signingKey: await importKey(key),
});

/** A certificate and its new key. */
export async function createKeyPair(
  authority: KeyPair,
  subject: Subject,
  validity: Validity,
): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const certificate = await signCertificate(authority, keys.publicKey, subject, validity);
  return { certificate, key: await exportKey(keys.privateKey) };
}

/**
 * The key that a request (PKCS #10 in DER) is about. It must be on P-256, and the request must be signed with it.
 * What else the request says is not looked at.
 * @throws IdentityError CSR_INVALID
 */
export async function readRequest(der: Uint8Array): Promise<PublicKey> {
  const request = parseRequest(der);
  const key = await request.publicKey.export(P256, ["verify"]).catch((cause: unknown) => {
    throw invalid("its key is not an ECDSA key on P-256", cause);
  });
  const isOwn = await request.verify().catch(() => false);
  if (!isOwn) throw invalid("it is not signed with the key that it is about");
  return key;
}

function parseRequest(der: Uint8Array): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(new Uint8Array(der));
  } catch (cause) {
    throw invalid("it is no certificate request (PKCS #10, DER)", cause);
  }
}

const invalid = (why: string, cause?: unknown): IdentityError =>
  new IdentityError("CSR_INVALID", `could not sign a certificate request: ${why}`, { cause });

async function memberExtensions(
  issuer: X509Certificate,
  publicKey: PublicKey,
  subject: Subject,
): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension(alternativeNames(subject)),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
}

const alternativeNames = ({
  uris = [],
  dnsNames = [],
  addresses = [],
}: Subject): JsonGeneralNames => [
  ...uris.map((value) => ({ type: "url", value }) as const),
  ...dnsNames.map((value) => ({ type: "dns", value }) as const),
  ...addresses.map((value) => ({ type: "ip", value }) as const),
];

const importKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    "pkcs8",
    new Uint8Array(createPrivateKey(pem).export({ type: "pkcs8", format: "der" })),
    P256,
    false,
    ["sign"],
  );

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

/** 127 bits of chance: positive, and never the same twice. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString("hex");
}

const pemOf = (certificate: X509Certificate): string => `${certificate.toString("pem")}\n`;
