import type { Readable } from "node:stream";
import type { Digest } from "../oci/index.ts";
import { parseRange } from "./mirror-range.ts";
import { type Refusal, refusal, refusalBody } from "./mirror-refusal.ts";
import { parseRoute, type Route } from "./mirror-route.ts";
import type { MirrorBlob, MirrorGate, MirrorSource } from "./mirror-source.ts";

/** What matters of a request. */
export type MirrorRequest = {
  readonly method: string;
  /** As it came, not decoded. */
  readonly target: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly authorization: string | undefined;
};

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Opened before anything is sent; undefined for HEAD. */
  readonly body: Uint8Array | Readable | undefined;
};

type ManifestRoute = Extract<Route, { kind: "manifest" }>;
type BlobRoute = Extract<Route, { kind: "blob" }>;

/** Answers one request (OCI distribution spec, pull). Throws what the source throws. */
export async function answer(gate: MirrorGate, request: MirrorRequest): Promise<Reply> {
  const isHead = request.method === "HEAD";
  if (!isHead && request.method !== "GET") {
    const refused = refusal(405, "UNSUPPORTED", "this registry only gives: use GET or HEAD");
    // What such a request may still send is not read.
    return refuse(refused, isHead, { Allow: "GET, HEAD", Connection: "close" });
  }
  const source = gate(request.authorization);
  if (source === undefined) return refuse(NO_LOGIN, isHead, CHALLENGE);
  const route = parseRoute(request.target, source.servesRegistry);
  switch (route.kind) {
    case "refusal":
      return refuse(route, isHead);
    case "base":
      return small(200, "application/json", Buffer.from("{}\n"), isHead);
    case "manifest":
      return await manifestReply(source, route, isHead);
    case "blob":
      return await blobReply(source, route, request);
  }
}

const NO_LOGIN = refusal(401, "UNAUTHORIZED", "this registry gives to those alone whom it knows");
/** A runtime sends the password that it was given only where it is asked for one (RFC 7617). */
const CHALLENGE = { "WWW-Authenticate": 'Basic realm="oci-torrent"' };

async function manifestReply(source: MirrorSource, route: ManifestRoute, isHead: boolean) {
  const found = await source.manifest(route.repository, route.which);
  if (found === undefined) {
    return refuse(await unknown(source, route.repository, "MANIFEST_UNKNOWN", route.which), isHead);
  }
  const { mediaType, digest } = found.descriptor;
  return small(200, mediaType, found.bytes, isHead, namesOf(digest));
}

async function blobReply(
  source: MirrorSource,
  { repository, digest }: BlobRoute,
  request: MirrorRequest,
): Promise<Reply> {
  const isHead = request.method === "HEAD";
  const blob = await source.blob(repository, digest);
  if (blob === undefined) {
    return refuse(await unknown(source, repository, "BLOB_UNKNOWN", digest), isHead);
  }
  const headers = { ...namesOf(digest), "Accept-Ranges": "bytes" };
  const range = isHead ? undefined : rangeOf(request, blob, digest);
  if (range === "none") {
    const refused = refusal(416, "UNKNOWN", `the blob has ${blob.size} bytes, none of that range`);
    return refuse(refused, isHead, { ...headers, "Content-Range": `bytes */${blob.size}` });
  }
  const { start, end } = range ?? { start: 0, end: blob.size - 1 };
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      "Content-Type": "application/octet-stream",
      "Content-Length": end - start + 1,
      ...(range === undefined ? {} : { "Content-Range": `bytes ${start}-${end}/${blob.size}` }),
    },
    body: isHead ? undefined : await blob.open(range),
  };
}

/** With If-Range of anything else than this very content, the whole is asked for (RFC 9110, 13.1.5). */
const rangeOf = ({ range, ifRange }: MirrorRequest, { size }: MirrorBlob, digest: Digest) =>
  ifRange === undefined || ifRange === `"${digest}"` ? parseRange(range, size) : undefined;

async function unknown(
  source: MirrorSource,
  repository: string,
  code: "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN",
  what: string,
): Promise<Refusal> {
  return (await source.hasRepository(repository))
    ? refusal(404, code, `${repository} has no ${what} here`)
    : refusal(404, "NAME_UNKNOWN", `no repository ${repository} here`);
}

const namesOf = (digest: Digest) => ({ "Docker-Content-Digest": digest, ETag: `"${digest}"` });

export const failure = (method: string): Reply =>
  refuse(refusal(500, "UNKNOWN", "the content could not be read"), method === "HEAD");

function refuse(refused: Refusal, isHead: boolean, headers: Reply["headers"] = {}): Reply {
  return small(refused.status, "application/json", refusalBody(refused), isHead, headers);
}

function small(
  status: number,
  mediaType: string,
  bytes: Uint8Array,
  isHead: boolean,
  headers: Reply["headers"] = {},
): Reply {
  return {
    status,
    headers: { ...headers, "Content-Type": mediaType, "Content-Length": bytes.length },
    body: isHead ? undefined : bytes,
  };
}
