import { createPrivateKey, X509Certificate } from "node:crypto";
import { IdentityError } from "./errors.ts";
import { authorityValidity, planRotation } from "./rotation.ts";
import { createAuthority, type KeyPair, type Validity } from "./x509.ts";

/** An authority of this cluster with its key. */
export type Authority = KeyPair & Validity;

/** What is stored of the authorities: PEM texts one after another, oldest first, key by key as certificate by certificate. */
export type StoredAuthorities = { readonly certificates: string; readonly keys: string };

/** Where the authorities are kept, such as a Secret. Only the controllers can read it. */
export interface AuthorityStore {
  /** Undefined where there is nothing yet. The version is for `replace`. */
  read(
    signal: AbortSignal,
  ): Promise<(StoredAuthorities & { readonly version: string }) | undefined>;
  /** False where somebody else was first. */
  create(content: StoredAuthorities, signal: AbortSignal): Promise<boolean>;
  /** False where it is of another version by now. */
  replace(content: StoredAuthorities, version: string, signal: AbortSignal): Promise<boolean>;
}

const MOST_TRIES = 5;

/**
 * The cluster's authorities, oldest first; made, or rotated, where that is due. Any number of controllers may do so at a time:
 * they end with the same.
 * @throws IdentityError AUTHORITY_INVALID, CONFLICT
 */
export async function loadAuthorities(
  store: AuthorityStore,
  now: Date,
  signal: AbortSignal,
): Promise<readonly Authority[]> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const stored = await store.read(signal);
    const present = stored === undefined ? [] : parseAuthorities(stored);
    const { keep, create } = planRotation(present, now);
    if (!create && keep.length === present.length) return present;
    const next = create ? [...keep, await newAuthority(now)] : keep;
    const content = formatAuthorities(next);
    const isOurs = await (stored === undefined
      ? store.create(content, signal)
      : store.replace(content, stored.version, signal));
    if (isOurs) return next;
  }
  throw new IdentityError(
    "CONFLICT",
    `could not write the cluster's certificate authority: it was changed by others ${MOST_TRIES} times meanwhile`,
  );
}

async function newAuthority(now: Date): Promise<Authority> {
  const validity = authorityValidity(now);
  const pair = await createAuthority(`oci-torrent ${now.toISOString()}`, validity);
  return { ...pair, ...validityOf(new X509Certificate(pair.certificate)) };
}

export const formatAuthorities = (authorities: readonly Authority[]): StoredAuthorities => ({
  certificates: authorities.map(({ certificate }) => certificate).join(""),
  keys: authorities.map(({ key }) => key).join(""),
});

/** What members trust: every certificate, as PEM. */
export const bundleOf = (authorities: readonly Authority[]): string =>
  formatAuthorities(authorities).certificates;

/** @throws IdentityError AUTHORITY_INVALID */
export function parseAuthorities({ certificates, keys }: StoredAuthorities): readonly Authority[] {
  const [allCertificates, allKeys] = [pemBlocks(certificates), pemBlocks(keys)];
  if (allCertificates.length !== allKeys.length) {
    throw unusable(`${allCertificates.length} certificates and ${allKeys.length} keys`);
  }
  const authorities = allCertificates.map((text, index) => parseAuthority(text, allKeys[index]));
  return authorities.sort((a, b) => a.notBefore.getTime() - b.notBefore.getTime());
}

function parseAuthority(certificate: string, key: string | undefined): Authority {
  try {
    const parsed = new X509Certificate(certificate);
    const privateKey = createPrivateKey(key ?? "");
    if (parsed.ca && parsed.checkPrivateKey(privateKey)) {
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      return { certificate: parsed.toString(), key: pem, ...validityOf(parsed) };
    }
  } catch {
    throw unusable("a certificate or a key cannot be read");
  }
  throw unusable("a certificate is not that of an authority with the key beside it");
}

const validityOf = (certificate: X509Certificate): Validity => ({
  notBefore: certificate.validFromDate,
  notAfter: certificate.validToDate,
});

const pemBlocks = (text: string): readonly string[] =>
  text.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n?/g) ?? [];

/** Says nothing of what stands there: it has a key in it. */
const unusable = (why: string): IdentityError =>
  new IdentityError(
    "AUTHORITY_INVALID",
    `could not use the stored certificate authority: ${why}: delete it, and a new one is made`,
  );
