import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { atEnd, type Scope } from "./at-end.ts";
import { makeCertificate } from "./certificate.ts";
import { tempDir } from "./temp.ts";

export type TokenService = {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The certificate of the key that signs its tokens; a registry trusts what that key has signed. */
  readonly certificateFile: string;
  /** Scopes that tokens were given for, in order. */
  readonly given: readonly string[];
};

const LIFE_SECONDS = 300;

/** A token service as docker-registry wants it: signs what this account asks for. It runs in this process, on loopback. */
export async function startTokenService(scope: Scope, account: Account): Promise<TokenService> {
  const directory = tempDir(scope);
  await makeCertificate(directory, "127.0.0.1");
  const certificateFile = join(directory, "cert.pem");
  const [service, issuer] = ["the registry", "the token service"];
  const given: string[] = [];
  const certificate = new X509Certificate(readFileSync(certificateFile)).raw.toString("base64");
  const key = createPrivateKey(readFileSync(join(directory, "key.pem")));
  const signed = (claims: object) => {
    const header = { typ: "JWT", alg: "ES256", x5c: [certificate] };
    const text = [header, claims].map((part) => base64url(JSON.stringify(part))).join(".");
    return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };
  const answer = (request: IncomingMessage) => {
    if (request.headers.authorization !== basic(account)) return undefined;
    const { searchParams } = new URL(request.url ?? "", "http://token.service");
    const scopes = searchParams.getAll("scope").flatMap((text) => text.split(" "));
    given.push(...scopes);
    const now = Math.floor(Date.now() / 1_000);
    const about = { iss: issuer, sub: account.username, aud: service, jti: randomUUID() };
    const times = { iat: now, nbf: now - 60, exp: now + LIFE_SECONDS };
    return { token: signed({ ...about, ...times, access: scopes.map(accessOf) }) };
  };
  const server = createServer((request, response) => {
    const token = answer(request);
    response.writeHead(token === undefined ? 401 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(token ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(scope, async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const { port } = server.address() as AddressInfo;
  return { realm: `http://127.0.0.1:${port}/token`, service, issuer, certificateFile, given };
}

const base64url = (text: string) => Buffer.from(text).toString("base64url");

const basic = ({ username, password }: Account) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/** repository:team/app:pull,push */
function accessOf(scope: string) {
  const [type = "", name = "", actions = ""] = scope.split(":");
  return { type, name, actions: actions.split(",") };
}
