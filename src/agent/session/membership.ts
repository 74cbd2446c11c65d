import { X509Certificate } from "node:crypto";
import type { SignedAgent } from "../../api/index.ts";

/** What makes this node a member of the cluster's swarm: PEM texts. The key is in memory alone. */
export type Membership = SignedAgent & {
  readonly key: string;
  /** Of the certificate's URI, spiffe://<trust domain>/node/<node>. */
  readonly trustDomain: string;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
};

/** @throws Error when the certificate is not for this node. */
export function membershipOf(signed: SignedAgent, key: string, node: string): Membership {
  const certificate = new X509Certificate(signed.certificate);
  const trustDomain = /URI:spiffe:\/\/([^/,]+)\/node\/([^,]+)/.exec(
    certificate.subjectAltName ?? "",
  );
  if (trustDomain?.[1] === undefined || trustDomain[2] !== node) {
    throw new Error(`the controller gave a certificate that does not name the node ${node}`);
  }
  return {
    ...signed,
    key,
    trustDomain: trustDomain[1],
    notAfterMs: certificate.validToDate.getTime(),
  };
}

/**
 * When to ask for the next certificate: when half of this one's time is over, 10 % sooner or later, so that those who came
 * together do not come together again. `random` gives 0 to 1.
 */
export const renewAfterMs = (leftMs: number, random: () => number): number =>
  Math.max(0, Math.round(leftMs * (0.45 + random() * 0.1)));
