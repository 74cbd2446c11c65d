import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { isIPv4 } from "node:net";

/** PEM texts of a server: its key and its certificate. */
export type Certificate = { readonly key: string; readonly cert: string };

export type CertificateOptions = {
  /** DNS names and IPv4 addresses that it is for. */
  readonly hosts: readonly string[];
  /** Who signs it; itself when there is none. */
  readonly issuer?: Certificate;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
};

const DAY_MS = 86_400_000;

/** A certificate authority that nobody knows, valid today. */
export const createAuthority = (): Certificate =>
  certificate("test authority", { hosts: [] }, true);

/** A server certificate (X.509 version 3, RFC 5280) on a fresh P-256 key, valid today unless said otherwise. */
export const createCertificate = (options: CertificateOptions): Certificate =>
  certificate("test server", options, false);

function certificate(name: string, options: CertificateOptions, authority: boolean): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuerName = options.issuer === undefined ? name : "test authority";
  const signer = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.key);
  const body = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nameOf(issuerName),
    sequence(
      time(options.notBefore ?? new Date(Date.now() - DAY_MS)),
      time(options.notAfter ?? new Date(Date.now() + DAY_MS)),
    ),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensions(options.hosts, authority))),
  );
  const signed = sequence(body, ECDSA_WITH_SHA256, bits(signature(body, signer)));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem(signed),
  };
}

const signature = (body: Buffer, key: KeyObject): Buffer => sign("sha256", body, key);

function extensions(hosts: readonly string[], authority: boolean): Buffer[] {
  const basic = extension(Buffer.of(0x55, 0x1d, 0x13), sequence(...(authority ? [TRUE] : [])));
  if (hosts.length === 0) return [basic];
  const names = hosts.map((host) =>
    isIPv4(host)
      ? element(0x87, Buffer.from(host.split(".").map(Number)))
      : element(0x82, Buffer.from(host)),
  );
  return [basic, extension(Buffer.of(0x55, 0x1d, 0x11), sequence(...names))];
}

const extension = (id: Buffer, value: Buffer): Buffer =>
  sequence(element(0x06, id), element(0x04, value));

/** One DER element (ITU-T X.690): tag, length, content. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80
      ? Buffer.of(body.length)
      : body.length < 0x100
        ? Buffer.of(0x81, body.length)
        : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, ...parts);
const integer = (value: Buffer): Buffer => element(0x02, value);
const bits = (value: Buffer): Buffer => element(0x03, Buffer.of(0), value);
const tagged = (tag: number, content: Buffer): Buffer => element(0xa0 | tag, content);
const TRUE = element(0x01, Buffer.of(0xff));
const ECDSA_WITH_SHA256 = sequence(
  element(0x06, Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
);

const nameOf = (text: string): Buffer =>
  sequence(
    element(
      0x31,
      sequence(element(0x06, Buffer.of(0x55, 0x04, 0x03)), element(0x0c, Buffer.from(text))),
    ),
  );

/** UTCTime, as RFC 5280 wants it until 2049. */
const time = (date: Date): Buffer =>
  element(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;
