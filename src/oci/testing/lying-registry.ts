import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { type Digest, digestOf } from "../digest.ts";
import type { Certificate } from "./certificates.ts";
import { type Scope, type SeenRequest, startTestServer, type TestServer } from "./test-server.ts";
import type { TokenServer } from "./token-server.ts";

/** What to do instead of the honest answer. Counts are bytes. */
export type Lie =
  | {
      readonly do: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  | { readonly do: "redirect"; readonly to: string; readonly status?: number }
  /** Cuts the connection before any answer. */
  | { readonly do: "reset" }
  /** Announces everything, sends so much, then cuts the connection. */
  | { readonly do: "cut"; readonly after: number }
  /** Sends so much, then nothing more, and keeps the connection. */
  | { readonly do: "stall"; readonly after: number }
  /** Sends everything, without a length, and keeps the connection. */
  | { readonly do: "neverEnd" }
  /** Never answers. */
  | { readonly do: "silence" }
  /** Sends the head of the answer one byte at a time and never ends it. */
  | { readonly do: "dripHead"; readonly everyMs: number }
  /** Sends the body one byte at a time. */
  | { readonly do: "dripBody"; readonly everyMs: number }
  /** Ends properly, without a length, with so many bytes too few or too many. */
  | { readonly do: "truncate"; readonly by: number }
  | { readonly do: "extend"; readonly by: number }
  | { readonly do: "flipByte"; readonly at: number }
  | { readonly do: "headers"; readonly headers: Record<string, string> }
  | { readonly do: "gzip" }
  | { readonly do: "ignoreRange" }
  /** A 206 that says, and sends, a part that begins so much later. */
  | { readonly do: "shiftRange"; readonly by: number };

export type RegistryLogin =
  | { readonly by: "basic"; readonly username: string; readonly password: string }
  | { readonly by: "token"; readonly tokens: TokenServer };

export type LyingRegistry = TestServer & {
  addBlob(bytes: Uint8Array): Digest;
  addManifest(repository: string, tag: string, mediaType: string, text: string): Digest;
  /** Asked before each answer. Honest when it gives undefined, and from the start. */
  lie(how: (request: SeenRequest) => Lie | undefined): void;
  /** Who may read from now on: everybody, or with a login. */
  require(login: RegistryLogin | undefined): void;
};

type Content = { readonly bytes: Uint8Array; readonly type: string; readonly digest: Digest };

/** A pull-only registry (OCI distribution spec) that is honest until it is told to lie. */
export async function startLyingRegistry(scope: Scope, tls?: Certificate): Promise<LyingRegistry> {
  const blobs = new Map<string, Content>();
  const manifests = new Map<string, Content>();
  let lie: (request: SeenRequest) => Lie | undefined = () => undefined;
  let login: RegistryLogin | undefined;
  const find = (path: string): Content | undefined => {
    const [, repository = "", kind, name = ""] =
      /^\/v2\/(.+)\/(blobs|manifests)\/([^/]+)$/.exec(path) ?? [];
    return kind === "blobs" ? blobs.get(name) : manifests.get(`${repository} ${name}`);
  };
  const server = await startTestServer(
    scope,
    (request, response) => {
      const told = lie(request);
      if (told !== undefined && misbehave(told, response)) return;
      if (login !== undefined && !isAllowed(login, request))
        return challenge(login, request, response);
      const content = find(request.url.pathname);
      if (content === undefined) {
        response.writeHead(404, { "content-type": "application/json" });
        response.end('{"errors":[{"code":"UNKNOWN"}]}');
        return;
      }
      answer(request, response, content, told);
    },
    tls,
  );
  return {
    ...server,
    addBlob(bytes) {
      const digest = digestOf(bytes);
      blobs.set(digest, { bytes, digest, type: "application/octet-stream" });
      return digest;
    },
    addManifest(repository, tag, type, text) {
      const bytes = Buffer.from(text);
      const digest = digestOf(bytes);
      manifests.set(`${repository} ${tag}`, { bytes, digest, type });
      manifests.set(`${repository} ${digest}`, { bytes, digest, type });
      return digest;
    },
    lie(how) {
      lie = how;
    },
    require(wanted) {
      login = wanted;
    },
  };
}

/** The lies that need no content; false for the others. */
function misbehave(lie: Lie, response: ServerResponse): boolean {
  switch (lie.do) {
    case "answer":
      response.writeHead(lie.status, lie.headers).end(lie.body);
      return true;
    case "redirect":
      response.writeHead(lie.status ?? 307, { location: lie.to }).end();
      return true;
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "silence":
      return true;
    case "dripHead":
      drip(response, Buffer.from(`HTTP/1.1 200 OK\r\nx-slow: ${"x".repeat(10_000)}`), lie.everyMs);
      return true;
    default:
      return false;
  }
}

function answer(
  request: SeenRequest,
  response: ServerResponse,
  content: Content,
  lie: Lie | undefined,
): void {
  const range = lie?.do === "ignoreRange" ? undefined : rangeOf(request);
  const start = range === undefined ? 0 : range + (lie?.do === "shiftRange" ? lie.by : 0);
  const total = content.bytes.length;
  const part = content.bytes.subarray(start);
  const headers: Record<string, string> = {
    "content-type": content.type,
    "docker-content-digest": content.digest,
    "content-length": String(part.length),
    ...(range === undefined ? {} : { "content-range": `bytes ${start}-${total - 1}/${total}` }),
    ...(lie?.do === "headers" ? lie.headers : {}),
  };
  const body = lie === undefined ? part : (unmeasured(part, lie) ?? part);
  if (body !== part) delete headers["content-length"];
  if (lie?.do === "gzip") headers["content-encoding"] = "gzip";
  response.writeHead(range === undefined ? 200 : 206, headers);
  sendBody(response, body, lie);
}

/** What is sent without a length; undefined for the lies that announce one. */
function unmeasured(part: Uint8Array, lie: Lie): Uint8Array | undefined {
  switch (lie.do) {
    case "truncate":
      return part.subarray(0, Math.max(0, part.length - lie.by));
    case "extend":
      return Buffer.concat([part, Buffer.alloc(lie.by, "+")]);
    case "gzip":
      return gzipSync(part);
    case "neverEnd":
      return part.subarray();
    default:
      return undefined;
  }
}

function sendBody(response: ServerResponse, part: Uint8Array, lie: Lie | undefined): void {
  switch (lie?.do) {
    case "cut":
      response.write(part.subarray(0, lie.after), () => response.socket?.destroy());
      return;
    case "stall":
      response.write(part.subarray(0, lie.after));
      return;
    case "neverEnd":
      response.write(part);
      return;
    case "dripBody":
      response.flushHeaders();
      drip(response, part, lie.everyMs);
      return;
    case "flipByte":
      response.end(part.map((byte, index) => (index === lie.at ? byte ^ 1 : byte)));
      return;
    default:
      response.end(part);
  }
}

/** One byte at a time, past the HTTP layer's own buffering, until the connection ends. */
function drip(response: ServerResponse, bytes: Uint8Array, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    response.socket?.write(bytes.subarray(at, at + 1));
    at += 1;
  }, everyMs);
  response.once("close", () => clearInterval(timer));
}

function rangeOf({ headers }: SeenRequest): number | undefined {
  const found = /^bytes=(\d+)-$/.exec(headers.range ?? "");
  return found === null ? undefined : Number(found[1]);
}

function isAllowed(login: RegistryLogin, { url, headers }: SeenRequest): boolean {
  const [scheme, value = ""] = (headers.authorization ?? "").split(" ");
  if (login.by === "basic") {
    return (
      scheme === "Basic" &&
      Buffer.from(value, "base64").toString() === `${login.username}:${login.password}`
    );
  }
  return scheme === "Bearer" && login.tokens.scopeOf(value) === scopeFor(url);
}

const scopeFor = (url: URL): string =>
  `repository:${/^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(url.pathname)?.[1] ?? ""}:pull`;

function challenge(login: RegistryLogin, { url }: SeenRequest, response: ServerResponse): void {
  const header =
    login.by === "basic"
      ? 'Basic realm="test"'
      : `Bearer realm="${login.tokens.realm}",service="test",scope="${scopeFor(url)}"`;
  response.writeHead(401, { "www-authenticate": header }).end("{}");
}
