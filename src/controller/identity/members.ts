import { type Authority, bundleOf } from "./authorities.ts";
import { IdentityError } from "./errors.ts";
import { memberValidity, signerOf } from "./rotation.ts";
import { createKeyPair, type KeyPair, readRequest, signCertificate } from "./x509.ts";

/** A node as the cluster knows it. */
export type MemberNode = {
  readonly node: string;
  /** IP addresses at which other members reach it. */
  readonly addresses: readonly string[];
};

export type SignedMember = { readonly certificate: string; readonly bundle: string };

/** `spiffe://<trust domain>/node/<node>`: by this, and not by an address, members know one another. */
export const memberUri = (trustDomain: string, node: string): string =>
  `spiffe://${trustDomain}/node/${node}`;

/**
 * A certificate of 24 h for the key of a request (PKCS #10 in DER), whatever names that has.
 * @throws IdentityError CSR_INVALID
 */
export async function signMember(
  authorities: readonly Authority[],
  csr: Uint8Array,
  { trustDomain, node, addresses }: MemberNode & { readonly trustDomain: string },
  now: Date,
): Promise<SignedMember> {
  const publicKey = await readRequest(csr);
  const uris = [memberUri(trustDomain, node)];
  const subject = { commonName: "oci-torrent agent", uris, addresses };
  const signer = currentSigner(authorities, now);
  const certificate = await signCertificate(signer, publicKey, subject, memberValidity(now));
  return { certificate, bundle: bundleOf(authorities) };
}

/** The certificate with which a controller answers under its DNS names; for 24 h too. */
export async function createServerPair(
  authorities: readonly Authority[],
  dnsNames: readonly string[],
  now: Date,
): Promise<KeyPair> {
  const subject = { commonName: "oci-torrent controller", dnsNames };
  return await createKeyPair(currentSigner(authorities, now), subject, memberValidity(now));
}

function currentSigner(authorities: readonly Authority[], now: Date): Authority {
  const signer = signerOf(authorities, now);
  if (signer !== undefined) return signer;
  throw new IdentityError("AUTHORITY_INVALID", "there is no certificate authority to sign with");
}
