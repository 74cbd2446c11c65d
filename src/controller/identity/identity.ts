import type { Clock, Component, Log } from "../../runtime/index.ts";
import { type Authority, type AuthorityStore, bundleOf, loadAuthorities } from "./authorities.ts";
import { createServerPair, type MemberNode, type SignedMember, signMember } from "./members.ts";
import type { KeyPair } from "./x509.ts";

export type IdentityDeps = {
  readonly store: AuthorityStore;
  readonly trustDomain: string;
  /** Puts what members trust where they find it, before anybody shows a certificate of it. */
  publish(bundle: string, signal: AbortSignal): Promise<void>;
  /** By which agents know the controllers. */
  readonly dnsNames: readonly string[];
  readonly clock: Clock;
  /** The time of day, for certificates. */
  readonly now: () => Date;
  readonly log: Log;
};

/** The cluster's authorities as this controller knows them, and its own certificate. */
export type Identity = Component & {
  /** What members trust, as PEM. */
  bundle(): string;
  /** This controller's certificate. */
  pair(): KeyPair;
  /** @throws IdentityError CSR_INVALID */
  sign(member: MemberNode, csr: Uint8Array): Promise<SignedMember>;
  /** Hears of each new bundle or pair, while it runs. */
  onChange(listener: () => void): void;
};

/** Certificates last 24 h, and a rotation takes two days: an hour more or less does not matter. */
const LOOK_EVERY_MS = 60 * 60 * 1_000;
const RETRY_MS = 60 * 1_000;

/** Makes the cluster's authority where there is none. */
export async function openIdentity(deps: IdentityDeps, signal: AbortSignal): Promise<Identity> {
  const listeners: (() => void)[] = [];
  let authorities: readonly Authority[] = [];
  let pair: KeyPair;
  let published = "";

  async function look(stop: AbortSignal): Promise<void> {
    const now = deps.now();
    authorities = await loadAuthorities(deps.store, now, stop);
    const bundle = bundleOf(authorities);
    if (bundle !== published) await deps.publish(bundle, stop);
    published = bundle;
    // A new one each time: it costs a millisecond, and there is no age to watch.
    pair = await createServerPair(authorities, deps.dnsNames, now);
    for (const listener of listeners) listener();
  }
  await look(signal);

  return {
    name: "identity",
    bundle: () => bundleOf(authorities),
    pair: () => pair,
    sign: ({ node, addresses }, csr) =>
      signMember(authorities, csr, { trustDomain: deps.trustDomain, node, addresses }, deps.now()),
    onChange: (listener) => listeners.push(listener),
    async run(stop) {
      for (let waitMs = LOOK_EVERY_MS; ; ) {
        await deps.clock.sleep(waitMs, stop);
        try {
          await look(stop);
          waitMs = LOOK_EVERY_MS;
        } catch (error) {
          stop.throwIfAborted();
          waitMs = RETRY_MS;
          deps.log.error("certificate authority not looked at", { error });
        }
      }
    },
  };
}
