import { AttemptFailed, protocolFailure } from "./attempt-failure.ts";
import { readBounded } from "./bounded-body.ts";
import type { Challenge } from "./challenge.ts";
import type { Clock } from "./clock.ts";
import type { Credential } from "./credential.ts";
import { decideRealm } from "./realm.ts";
import { decideRedirect, headersFor, isRedirect } from "./redirects.ts";
import type { RegistryLimits } from "./registry-limits.ts";
import { statusFailure } from "./status-failure.ts";
import type { HttpAnswer, HttpRequest } from "./transport.ts";

export type TokenQuestion = {
  readonly challenge: Challenge;
  /** The server that sent the challenge. */
  readonly registry: URL;
  readonly scope: string;
  readonly credential: Credential | undefined;
  readonly trustedHosts: ReadonlySet<string>;
};

/** `expiresAt` in milliseconds since the epoch. */
export type Token = { readonly value: string; readonly expiresAt: number };

export type TokenDeps = {
  readonly clock: Clock;
  readonly limits: RegistryLimits;
  /** Sends one request, no redirect followed. */
  send(request: Omit<HttpRequest, "trust">, signal: AbortSignal): Promise<HttpAnswer>;
};

/** Says who asks; the token specification wants it with OAuth2. */
const CLIENT_ID = "oci-torrent";
/** The token specification's default for `expires_in`, and the least it allows. */
const DEFAULT_LIFE_MS = 60_000;
/** A token is dropped this long before its end, so that it does not expire on the way. */
const EARLY_MS = 5_000;

/** Asks the challenge's token service: anonymously, by Basic, or by OAuth2 with an identity token. */
export async function fetchToken(
  deps: TokenDeps,
  question: TokenQuestion,
  signal: AbortSignal,
): Promise<Token> {
  const { challenge, registry, credential, trustedHosts } = question;
  const decision = decideRealm({
    realm: challenge.parameters.get("realm"),
    registry,
    trustedHosts,
    carriesLogin: credential !== undefined,
  });
  if (decision.do === "refuse") throw protocolFailure(registry.host, decision.why);
  const answer = await askTokenService(deps, decision.realm, question, signal);
  const { host } = decision.realm;
  if (answer.status !== 200) {
    await answer.discard(deps.limits.errorBytes);
    if (isRefusal(answer.status, credential)) throw loginFailure(registry.host, credential);
    const failure = statusFailure(answer, host, deps.clock.now());
    if (failure.kind === "limited") throw new AttemptFailed(failure);
    throw new AttemptFailed({ kind: "status", host, status: answer.status });
  }
  const bytes = await readBounded(answer, deps.limits.tokenBytes, "a token answer", host, signal);
  return parseToken(bytes, host, deps.clock.now());
}

/** OAuth2 answers a bad refresh token with 400 (RFC 6749 5.2). */
const isRefusal = (status: number, credential: Credential | undefined): boolean =>
  status === 401 || status === 403 || (status === 400 && credential !== undefined);

export const loginFailure = (host: string, credential: Credential | undefined): AttemptFailed =>
  new AttemptFailed({ kind: credential === undefined ? "loginWanted" : "loginRefused", host });

async function askTokenService(
  deps: TokenDeps,
  realm: URL,
  question: TokenQuestion,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let request = tokenRequest(realm, question);
  for (let followed = 0; ; followed += 1) {
    const answer = await deps.send(request, signal);
    if (!isRedirect(answer.status)) return answer;
    await answer.discard(deps.limits.errorBytes);
    const redirect = decideRedirect({
      from: request.url,
      location: answer.header("location"),
      configured: question.registry,
      followed,
      most: deps.limits.redirects,
      trustedHosts: question.trustedHosts,
    });
    if (redirect.do === "refuse") throw protocolFailure(request.url.host, redirect.why);
    // A form with a refresh token in it stays where it was sent.
    if (request.method === "POST") {
      throw protocolFailure(
        request.url.host,
        "redirects a login, which is never repeated elsewhere",
      );
    }
    request = {
      ...request,
      url: redirect.to,
      headers: headersFor(request.headers, redirect.sameOrigin),
    };
  }
}

function tokenRequest(realm: URL, question: TokenQuestion): Omit<HttpRequest, "trust"> {
  const { challenge, scope, credential } = question;
  const service = challenge.parameters.get("service");
  const asked = new URLSearchParams({ ...(service === undefined ? {} : { service }), scope });
  if (credential?.kind === "identityToken") {
    asked.set("grant_type", "refresh_token");
    asked.set("client_id", CLIENT_ID);
    asked.set("refresh_token", credential.token);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return { url: realm, method: "POST", headers, body: asked.toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of asked) url.searchParams.set(name, value);
  const headers =
    credential?.kind === "basic" ? { authorization: basicAuthorization(credential) } : {};
  return { url, method: "GET", headers: { accept: "application/json", ...headers } };
}

/** RFC 7617, in UTF-8. */
export const basicAuthorization = (login: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;

/** What may stand after `Bearer ` (RFC 6750 2.1), widened to all visible ASCII as some services send it. */
const TOKEN = /^[\x21-\x7e]+$/;

function parseToken(bytes: Uint8Array, host: string, now: number): Token {
  const answer = parseObject(bytes);
  const value = answer?.["token"] ?? answer?.["access_token"];
  if (typeof value !== "string" || !TOKEN.test(value)) {
    throw protocolFailure(host, "answers a request for a token without one");
  }
  const seconds = answer?.["expires_in"];
  const lifeMs = typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : DEFAULT_LIFE_MS;
  return { value, expiresAt: now + Math.max(0, lifeMs - EARLY_MS) };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
