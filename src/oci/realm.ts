import { mayLeadTo, ownerDomain } from "./network-address.ts";

export type RealmQuestion = {
  readonly realm: string | undefined;
  /** The server that sent the challenge. */
  readonly registry: URL;
  readonly trustedHosts: ReadonlySet<string>;
  /** Whether a login will be sent there, or nothing that is ours. */
  readonly carriesLogin: boolean;
};

export type RealmDecision =
  | { readonly do: "ask"; readonly realm: URL }
  /** `why` completes "HOST ...". */
  | { readonly do: "refuse"; readonly why: string };

const LONGEST_REALM = 2 * 1024;

/**
 * Whether a token may be asked for at the realm of a challenge (distribution's token specification). The realm is
 * the registry's word alone, so it must not aim us at machines around us, nor take a login to another owner.
 */
export function decideRealm(question: RealmQuestion): RealmDecision {
  const { realm: text, registry, trustedHosts } = question;
  if (text === undefined || text.length > LONGEST_REALM || !URL.canParse(text)) {
    return refuse("names no token service that is a URL");
  }
  const realm = new URL(text);
  if (realm.protocol !== "https:" && realm.protocol !== "http:") {
    return refuse(`names a token service by ${realm.protocol}, not by http or https`);
  }
  if (realm.protocol === "http:" && registry.protocol === "https:") {
    return refuse(`names a token service on plain http at ${realm.host}`);
  }
  if (realm.username !== "" || realm.password !== "") {
    return refuse("names a token service by a URL with a login");
  }
  if (realm.host === registry.host || trustedHosts.has(realm.host)) return { do: "ask", realm };
  if (!mayLeadTo(registry.hostname, realm.hostname)) {
    return refuse(`names a token service inside a network, at ${realm.host}`);
  }
  if (question.carriesLogin && !sameOwner(registry, realm)) {
    return refuse(
      `wants the login sent to ${realm.host}, which is of another domain: add it to trustedHosts of this registry if it is right`,
    );
  }
  return { do: "ask", realm };
}

const refuse = (why: string): RealmDecision => ({ do: "refuse", why });

const sameOwner = (a: URL, b: URL): boolean => ownerDomain(a.hostname) === ownerDomain(b.hostname);
