/** One answered request, as docker-registry's access log (combined log format) tells it. */
export type LoggedRequest = {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the body, as sent: fewer than the blob's when the client went away. */
  readonly bytes: number;
};

const LINE =
  /^(?<client>\S+) \S+ \S+ \[[^\]]*\] "(?<method>[A-Z]+) (?<path>\S+) [^"]*" (?<status>\d+) (?<bytes>\d+)/;

/** The requests in a log; lines of another kind are passed over. */
export function parseAccessLog(text: string): LoggedRequest[] {
  return text.split("\n").flatMap((line) => {
    const fields = LINE.exec(line)?.groups;
    if (fields === undefined) return [];
    const { client = "", method = "", path = "", status, bytes } = fields;
    return [{ client, method, path, status: Number(status), bytes: Number(bytes) }];
  });
}

export type BlobTraffic = { readonly gets: number; readonly bytes: number };

/** How often each blob was asked for by GET, and the bytes of it that were sent; by digest. */
export function blobTraffic(requests: readonly LoggedRequest[]): Map<string, BlobTraffic> {
  const traffic = new Map<string, BlobTraffic>();
  for (const { method, path, bytes } of requests) {
    const digest = /\/blobs\/(sha256:[0-9a-f]{64})/.exec(path)?.[1];
    if (method !== "GET" || digest === undefined) continue;
    const before = traffic.get(digest) ?? { gets: 0, bytes: 0 };
    traffic.set(digest, { gets: before.gets + 1, bytes: before.bytes + bytes });
  }
  return traffic;
}
