import type { Validity } from "./x509.ts";

// When the cluster's authority is replaced. Members must know a new authority before they meet its certificates, and the old
// one until the last of its own has ended: so there are two of them for 48 h, of which the old one signs for the first 24.

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

export const MEMBER_LIFETIME_MS = DAY_MS;
export const AUTHORITY_LIFETIME_MS = 365 * DAY_MS;
/** A new authority is made when the newest has less than this left. */
export const RENEW_AUTHORITY_BEFORE_MS = 30 * DAY_MS;
/** Time for a new authority to become known before it signs. */
export const ANNOUNCED_MS = DAY_MS;
/** How long there are two. */
export const OVERLAP_MS = ANNOUNCED_MS + MEMBER_LIFETIME_MS;
/** Clocks in a cluster may differ by so much. */
export const CLOCK_SKEW_MS = 5 * 60 * 1_000;

export const memberValidity = (now: Date): Validity => validity(now, MEMBER_LIFETIME_MS);
export const authorityValidity = (now: Date): Validity => validity(now, AUTHORITY_LIFETIME_MS);

const validity = (now: Date, lifetimeMs: number): Validity => ({
  notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
  notAfter: new Date(now.getTime() + lifetimeMs),
});

export type Rotation<Authority> = {
  /** Those that stay, oldest first. */
  readonly keep: readonly Authority[];
  /** Whether a new one has to be made. */
  readonly create: boolean;
};

/** The authorities come oldest first. */
export function planRotation<Authority extends Validity>(
  authorities: readonly Authority[],
  now: Date,
): Rotation<Authority> {
  const valid = authorities.filter(({ notAfter }) => notAfter > now);
  const newest = valid.at(-1);
  if (newest === undefined) return { keep: [], create: true };
  const keep = ageMs(newest, now) >= OVERLAP_MS ? [newest] : valid.slice(-2);
  const leftMs = newest.notAfter.getTime() - now.getTime();
  return { keep, create: keep.length === 1 && leftMs < RENEW_AUTHORITY_BEFORE_MS };
}

/** The one that signs: the newest, once everybody has had the time to learn of it. Undefined when there is none. */
export function signerOf<Authority extends Validity>(
  authorities: readonly Authority[],
  now: Date,
): Authority | undefined {
  return (
    authorities.findLast((authority) => ageMs(authority, now) >= ANNOUNCED_MS) ?? authorities[0]
  );
}

/** Since it was made. */
const ageMs = ({ notBefore }: Validity, now: Date): number =>
  now.getTime() - notBefore.getTime() - CLOCK_SKEW_MS;
