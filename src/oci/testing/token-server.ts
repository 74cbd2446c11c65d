import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { type Scope, startTestServer, type TestServer } from "./test-server.ts";

export type TokenServerOptions = {
  /** Who may have a token; anonymous too when there is none. */
  readonly account?: { readonly username: string; readonly password: string };
  readonly refreshToken?: string;
  readonly expiresInSeconds?: number;
  /** Where the token stands in the answer. */
  readonly field?: "token" | "access_token";
};

export type TokenServer = TestServer & {
  /** Its token endpoint, for a challenge. */
  readonly realm: string;
  /** Forms that came by POST. */
  readonly forms: URLSearchParams[];
  /** The scope that a token was given for; undefined for one that it never gave, or that was revoked. */
  scopeOf(token: string): string | undefined;
  revokeAll(): void;
};

/** A token service as the distribution project specifies it: GET with or without Basic, POST with a refresh token. */
export async function startTokenServer(
  scope: Scope,
  options: TokenServerOptions = {},
): Promise<TokenServer> {
  const given = new Map<string, string>();
  const forms: URLSearchParams[] = [];
  const basic =
    options.account === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.account.username}:${options.account.password}`).toString("base64")}`;
  const server = await startTestServer(scope, (request, response, raw) => {
    void (async () => {
      const form = new URLSearchParams(await text(raw));
      if (request.method === "POST") forms.push(form);
      const allowed =
        request.method === "POST"
          ? form.get("refresh_token") === options.refreshToken
          : basic === undefined || request.headers.authorization === basic;
      if (!allowed) return response.writeHead(request.method === "POST" ? 400 : 401).end("{}");
      const asked = request.method === "POST" ? form : request.url.searchParams;
      const token = randomBytes(16).toString("hex");
      given.set(token, asked.get("scope") ?? "");
      const answer = {
        [options.field ?? "token"]: token,
        ...(options.expiresInSeconds === undefined ? {} : { expires_in: options.expiresInSeconds }),
      };
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify(answer));
    })();
  });
  return {
    ...server,
    realm: new URL("/token", server.url).href,
    forms,
    scopeOf: (token) => given.get(token),
    revokeAll: () => given.clear(),
  };
}
