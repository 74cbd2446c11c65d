import { AttemptFailed, protocolFailure } from "./attempt-failure.ts";
import type { Clock } from "./clock.ts";
import type { Credential } from "./credential.ts";
import type { Logins } from "./login.ts";
import { decideRedirect, headersFor, isRedirect } from "./redirects.ts";
import type { RegistryEndpoint } from "./registry-endpoints.ts";
import type { RegistryLimits } from "./registry-limits.ts";
import { loginFailure } from "./token.ts";
import type { HttpAnswer, HttpRequest, Transport, Trust } from "./transport.ts";

/** What is asked of a registry: `path` follows `/v2/<repository>/`. */
export type Question = {
  readonly what: "manifest" | "blob";
  readonly repository: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** One finished HTTP request, for logs and counters: nothing secret in it. */
export type RequestEvent = {
  readonly what: "manifest" | "blob" | "token";
  /** `host[:port]` that was asked. */
  readonly host: string;
  readonly method: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly durationMs: number;
};

export type ExchangeDeps = {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: RegistryLimits;
  readonly userAgent: string;
  /** The registry host as a reference names it: mirrors are told for whom they are asked. */
  readonly registryHost: string;
  readonly credential: Credential | undefined;
  readonly logins: Logins;
  onRequest(event: RequestEvent): void;
};

export type Exchanged = { readonly answer: HttpAnswer; readonly url: URL };

/**
 * One question at one endpoint: logs in when asked to, once for each server, and follows redirects by the rules
 * of redirects.ts. Gives any other answer, whatever its status; fails with `AttemptFailed`.
 */
export async function exchange(
  deps: ExchangeDeps,
  endpoint: RegistryEndpoint,
  question: Question,
  signal: AbortSignal,
): Promise<Exchanged> {
  const repository = repositoryAt(endpoint, question.repository);
  let url = urlOf(deps, endpoint, repository, question.path);
  let headers = question.headers;
  let crossed = false;
  let authorization = deps.logins.known(url, repository);
  const loggedIn = new Set<string>();
  for (let followed = 0; ; ) {
    const sent = authorization === undefined ? headers : { ...headers, authorization };
    const answer = await send(
      deps,
      endpoint,
      question.what,
      { url, method: "GET", headers: sent },
      signal,
    );
    if (answer.status === 401) {
      await answer.discard(deps.limits.errorBytes);
      const credential = crossed || !endpoint.sendsCredential ? undefined : deps.credential;
      if (loggedIn.has(url.origin)) throw loginFailure(url.host, credential);
      loggedIn.add(url.origin);
      authorization = await deps.logins.answer(
        {
          server: url,
          header: answer.header("www-authenticate"),
          repository,
          credential,
          scope: crossed ? undefined : `repository:${repository}:pull`,
          trustedHosts: endpoint.trustedHosts,
        },
        signal,
      );
      continue;
    }
    if (!isRedirect(answer.status)) return { answer, url };
    await answer.discard(deps.limits.errorBytes);
    const redirect = decideRedirect({
      from: url,
      location: answer.header("location"),
      configured: endpoint.url,
      followed,
      most: deps.limits.redirects,
      trustedHosts: endpoint.trustedHosts,
    });
    if (redirect.do === "refuse") throw protocolFailure(url.host, redirect.why);
    followed += 1;
    url = redirect.to;
    headers = headersFor(headers, redirect.sameOrigin);
    if (!redirect.sameOrigin) {
      // Once away, nobody: a chain that returns to the registry has been through other hands.
      crossed = true;
      authorization = undefined;
    }
  }
}

/** Sends one request and reports it. Also how a token service is asked. */
export async function send(
  deps: Pick<ExchangeDeps, "transport" | "clock" | "userAgent" | "onRequest">,
  endpoint: RegistryEndpoint,
  what: RequestEvent["what"],
  request: Omit<HttpRequest, "trust">,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const begun = deps.clock.now();
  const report = (status: number | undefined) =>
    deps.onRequest({
      what,
      host: request.url.host,
      method: request.method,
      status,
      durationMs: deps.clock.now() - begun,
    });
  // Bytes as they are: an encoding would change sizes and ranges.
  const headers = {
    "user-agent": deps.userAgent,
    "accept-encoding": "identity",
    ...request.headers,
  };
  const trust = trustOf(endpoint, request.url);
  try {
    const answer = await deps.transport.request({ ...request, headers, trust }, signal);
    report(answer.status);
    return answer;
  } catch (error) {
    if (error instanceof AttemptFailed) report(undefined);
    throw error;
  }
}

/** Unchecked certificates are for the configured origin alone; its authorities also vouch for where it sends us. */
function trustOf(endpoint: RegistryEndpoint, url: URL): Trust {
  return {
    verify: !(endpoint.insecure && url.origin === endpoint.url.origin),
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  };
}

/** The repository's path on that server. */
export function repositoryAt(endpoint: RegistryEndpoint, repository: string): string {
  const prefix = endpoint.url.pathname.replace(/^\/+|\/+$/g, "");
  return prefix === "" ? repository : `${prefix}/${repository}`;
}

function urlOf(
  deps: Pick<ExchangeDeps, "registryHost">,
  endpoint: RegistryEndpoint,
  repository: string,
  path: string,
): URL {
  const url = new URL(`/v2/${repository}/${path}`, endpoint.url.origin);
  // As containerd does: one mirror may stand for several registries.
  if (endpoint.mirror) url.searchParams.set("ns", deps.registryHost);
  return url;
}
