import { hostKind, mayLeadTo } from "./network-address.ts";

export type RedirectQuestion = {
  /** The URL that answered with the redirect. */
  readonly from: URL;
  readonly location: string | undefined;
  /** The origin that was configured: the first of the chain. */
  readonly configured: URL;
  /** Redirects followed so far. */
  readonly followed: number;
  readonly most: number;
  /** Hosts (`host[:port]`) the owner allows the registry to send us to, wherever they are. */
  readonly trustedHosts: ReadonlySet<string>;
};

export type RedirectDecision =
  | { readonly do: "follow"; readonly to: URL; readonly sameOrigin: boolean }
  /** `why` completes "HOST ...". */
  | { readonly do: "refuse"; readonly why: string };

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => REDIRECTS.has(status);

/** Locations are long when they carry a signature, but not this long. */
const LONGEST_LOCATION = 8 * 1024;

export function decideRedirect(question: RedirectQuestion): RedirectDecision {
  const { from, location, configured } = question;
  if (question.followed >= question.most) {
    return refuse(`redirects more than ${question.most} times`);
  }
  if (location === undefined) return refuse("redirects without saying where to");
  const to = location.length <= LONGEST_LOCATION ? parse(location, from) : undefined;
  if (to === undefined) return refuse("redirects to something that is not a URL");
  if (to.protocol !== "https:" && to.protocol !== "http:") {
    return refuse(`redirects to a ${to.protocol} URL, not to http or https`);
  }
  if (from.protocol === "https:" && to.protocol === "http:") {
    return refuse(`redirects from https to plain http at ${to.host}`);
  }
  if (to.username !== "" || to.password !== "") return refuse("redirects to a URL with a login");
  if (!question.trustedHosts.has(to.host) && !mayLeadTo(configured.hostname, to.hostname)) {
    return refuse(`redirects to ${to.host}, ${description(to.hostname)}`);
  }
  return { do: "follow", to, sameOrigin: to.origin === from.origin };
}

const refuse = (why: string): RedirectDecision => ({ do: "refuse", why });

const parse = (location: string, base: URL): URL | undefined =>
  URL.canParse(location, base.href) ? new URL(location, base) : undefined;

function description(hostname: string): string {
  const kind = hostKind(hostname);
  if (kind === "unspecified") return "which is the address of no server";
  return `a ${kind === "linkLocal" ? "link-local" : kind} address`;
}

/** Headers for one origin only. Range and Accept go along; a signed URL must not be given another login. */
const BOUND_TO_ORIGIN: ReadonlySet<string> = new Set(["authorization", "cookie", "cookie2"]);

export function headersFor(
  headers: Readonly<Record<string, string>>,
  sameOrigin: boolean,
): Readonly<Record<string, string>> {
  if (sameOrigin) return headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => {
      const lower = name.toLowerCase();
      return !BOUND_TO_ORIGIN.has(lower) && !lower.startsWith("proxy-");
    }),
  );
}
