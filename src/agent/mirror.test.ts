import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { digestOf, OCI_MANIFEST } from "../oci/index.ts";
import { createMirror, type Mirror, type MirrorAccess } from "./mirror.ts";
import type { MirrorSource } from "./mirror-source.ts";

const bytes = Buffer.from("0123456789");
const blob = digestOf(bytes);
const broken = digestOf(Buffer.from("broken"));
const cut = digestOf(Buffer.from("cut"));
const text = Buffer.from('{"schemaVersion":2}');
const manifest = digestOf(text);
const absent = digestOf(Buffer.from("absent"));
const hex = "a".repeat(64);

/** What the source was asked for. */
const asked: string[] = [];

const source: MirrorSource = {
  servesRegistry: (host) => host === "docker.io",
  hasRepository: async (repository) => repository === "demo/app",
  async manifest(repository, which) {
    asked.push(`${repository} ${which}`);
    if (which === "broken") throw new Error("no disk");
    if (repository !== "demo/app" || (which !== "1" && which !== manifest)) return undefined;
    const descriptor = { mediaType: OCI_MANIFEST, digest: manifest, size: text.length };
    return { descriptor, bytes: text };
  },
  async blob(repository, digest) {
    asked.push(`${repository} ${digest}`);
    if (repository !== "demo/app") return undefined;
    if (digest === broken) {
      return { size: 3, open: () => Promise.reject(new Error("no disk")) };
    }
    if (digest === cut) {
      return { size: 3, open: async () => Readable.from(failing(), { objectMode: false }) };
    }
    if (digest !== blob) return undefined;
    return {
      size: bytes.length,
      open: async ({ start, end } = { start: 0 }) =>
        Readable.from([bytes.subarray(start, (end ?? bytes.length) + 1)], { objectMode: false }),
    };
  },
};

async function* failing() {
  yield Buffer.from("ab");
  throw new Error("no disk");
}

async function* zeros() {
  while (true) yield Buffer.alloc(64 * 1024);
}

type Answer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

/** Sends these bytes and reads until the server closes the connection. */
async function exchange({ host, port }: Mirror, request: string): Promise<Answer> {
  const socket = connect(port, host);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  socket.write(Buffer.from(request, "latin1"));
  await once(socket, "close");
  const [head = "", ...rest] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(statusLine.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}

const ask = (target: string, { method = "GET", headers = [] as readonly string[] } = {}): string =>
  [`${method} ${target} HTTP/1.1`, "Host: x", "Connection: close", ...headers, "", ""].join("\r\n");

const codeIn = ({ body }: Answer): string => JSON.parse(body).errors[0].code;

describe("mirror", () => {
  let mirror: Mirror;
  const log: MirrorAccess[] = [];
  before(async () => {
    const listen = { host: "127.0.0.1", port: 0 };
    mirror = await createMirror({ listen, source, onAccess: (access) => log.push(access) });
  });
  after(() => mirror.close());

  it("says that it is a registry", async () => {
    assert.equal((await exchange(mirror, ask("/v2/"))).status, 200);
    assert.equal((await exchange(mirror, ask("/v2"))).status, 200);
  });

  for (const which of ["1", manifest]) {
    it(`gives a manifest by ${which.slice(0, 7)}`, async () => {
      const target = `/v2/demo/app/manifests/${which}?ns=docker.io`;
      for (const accept of ["Accept: */*", "Accept: text/html"]) {
        const { status, headers, body } = await exchange(
          mirror,
          ask(target, { headers: [accept] }),
        );
        assert.equal(status, 200);
        assert.equal(headers.get("content-type"), OCI_MANIFEST);
        assert.equal(headers.get("docker-content-digest"), manifest);
        assert.equal(headers.get("content-length"), String(text.length));
        assert.equal(body, text.toString());
      }
      const head = await exchange(mirror, ask(target, { method: "HEAD" }));
      assert.equal(head.status, 200);
      assert.equal(head.headers.get("content-length"), String(text.length));
      assert.equal(head.headers.get("docker-content-digest"), manifest);
      assert.equal(head.body, "");
    });
  }

  it("gives a blob", async () => {
    const { status, headers, body } = await exchange(mirror, ask(`/v2/demo/app/blobs/${blob}`));
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "application/octet-stream");
    assert.equal(headers.get("docker-content-digest"), blob);
    assert.equal(headers.get("content-length"), "10");
    assert.equal(headers.get("accept-ranges"), "bytes");
    assert.equal(body, "0123456789");
    const head = await exchange(mirror, ask(`/v2/demo/app/blobs/${blob}`, { method: "HEAD" }));
    assert.deepEqual([head.status, head.headers.get("content-length"), head.body], [200, "10", ""]);
  });

  const ranges: Record<string, [range: string, status: number, body: string]> = {
    "the first byte": ["bytes=0-0", 206, "0"],
    "some bytes": ["bytes=3-5", 206, "345"],
    "the last byte": ["bytes=9-9", 206, "9"],
    "an open end": ["bytes=7-", 206, "789"],
    "a suffix": ["bytes=-3", 206, "789"],
    "a suffix longer than the blob": ["bytes=-11", 206, "0123456789"],
    "more than there is": ["bytes=8-99", 206, "89"],
    "a number without end": [`bytes=5-${"9".repeat(400)}`, 206, "56789"],
    "a start beyond the end": ["bytes=10-", 416, ""],
    "a start without end": [`bytes=${"9".repeat(400)}-`, 416, ""],
    "a suffix of nothing": ["bytes=-0", 416, ""],
    "a reversed range": ["bytes=5-3", 200, "0123456789"],
    "several ranges": ["bytes=0-0,2-2", 200, "0123456789"],
    "1,000 ranges": [`bytes=${Array(1_000).fill("0-0").join(",")}`, 200, "0123456789"],
    "no numbers": ["bytes=a-b", 200, "0123456789"],
    "no bounds": ["bytes=-", 200, "0123456789"],
    "a negative start": ["bytes=-1-2", 200, "0123456789"],
    "another unit": ["lines=0-0", 200, "0123456789"],
  };
  for (const [what, [range, status, body]] of Object.entries(ranges)) {
    it(`answers a Range of ${what} with ${status}`, async () => {
      const request = ask(`/v2/demo/app/blobs/${blob}`, { headers: [`Range: ${range}`] });
      const answer = await exchange(mirror, request);
      assert.equal(answer.status, status);
      if (status === 416) {
        assert.equal(answer.headers.get("content-range"), "bytes */10");
        return;
      }
      assert.equal(answer.body, body);
      assert.equal(answer.headers.get("content-length"), String(body.length));
      const from = "0123456789".indexOf(body);
      assert.equal(
        answer.headers.get("content-range"),
        status === 200 ? undefined : `bytes ${from}-${from + body.length - 1}/10`,
      );
    });
  }

  it("ignores a Range of HEAD, and one whose If-Range is of other content", async () => {
    const target = `/v2/demo/app/blobs/${blob}`;
    const range = "Range: bytes=0-0";
    const head = await exchange(mirror, ask(target, { method: "HEAD", headers: [range] }));
    assert.deepEqual([head.status, head.headers.get("content-length")], [200, "10"]);
    const of = async (etag: string) =>
      (await exchange(mirror, ask(target, { headers: [range, `If-Range: "${etag}"`] }))).status;
    assert.equal(await of(blob), 206);
    assert.equal(await of(absent), 200);
  });

  const unknown: Record<string, [target: string, code: string]> = {
    "another tag": ["/v2/demo/app/manifests/2", "MANIFEST_UNKNOWN"],
    "another manifest": [`/v2/demo/app/manifests/${absent}`, "MANIFEST_UNKNOWN"],
    "a blob as a manifest": [`/v2/demo/app/manifests/${blob}`, "MANIFEST_UNKNOWN"],
    "a manifest as a blob": [`/v2/demo/app/blobs/${manifest}`, "BLOB_UNKNOWN"],
    "another blob": [`/v2/demo/app/blobs/${absent}`, "BLOB_UNKNOWN"],
    "another repository": [`/v2/demo/other/blobs/${blob}`, "NAME_UNKNOWN"],
    "a manifest of another repository": ["/v2/demo/other/manifests/1", "NAME_UNKNOWN"],
  };
  for (const [what, [target, code]] of Object.entries(unknown)) {
    it(`does not know ${what}`, async () => {
      const answer = await exchange(mirror, ask(target));
      assert.deepEqual([answer.status, codeIn(answer)], [404, code]);
      assert.equal(answer.headers.get("content-type"), "application/json");
      const head = await exchange(mirror, ask(target, { method: "HEAD" }));
      assert.deepEqual([head.status, head.body], [404, ""]);
    });
  }

  const tail = `blobs/${blob}`;
  const bad: Record<string, [target: string, status: number, code: string]> = {
    "no path": ["/", 404, "UNSUPPORTED"],
    "another API": ["/v1/demo/app/manifests/1", 404, "UNSUPPORTED"],
    "a double slash in front": ["//v2/demo/app/manifests/1", 404, "UNSUPPORTED"],
    "the catalogue": ["/v2/_catalog", 404, "UNSUPPORTED"],
    "the tags": ["/v2/demo/app/tags/list", 404, "UNSUPPORTED"],
    referrers: [`/v2/demo/app/referrers/${manifest}`, 404, "UNSUPPORTED"],
    "a whole URL": ["http://x/v2/demo/app/manifests/1", 404, "UNSUPPORTED"],
    "an asterisk": ["*", 404, "UNSUPPORTED"],
    "no name": ["/v2//manifests/1", 400, "NAME_INVALID"],
    "parents in the name": ["/v2/../../etc/manifests/1", 400, "NAME_INVALID"],
    "parents behind blobs": [`/v2/x/blobs/../../${tail}`, 400, "NAME_INVALID"],
    "a parent as the digest": ["/v2/x/blobs/../../", 404, "UNSUPPORTED"],
    "encoded parents": [`/v2/%2e%2e%2f/${tail}`, 400, "NAME_INVALID"],
    "parents encoded twice": [`/v2/%252e%252e/${tail}`, 400, "NAME_INVALID"],
    "a backslash": [`/v2/demo\\app/${tail}`, 400, "NAME_INVALID"],
    "an encoded NUL": [`/v2/demo%00/${tail}`, 400, "NAME_INVALID"],
    "a NUL": [`/v2/demo\0/${tail}`, 400, ""],
    "an empty part": [`/v2/demo//app/${tail}`, 400, "NAME_INVALID"],
    "upper case": [`/v2/Demo/app/${tail}`, 400, "NAME_INVALID"],
    "a name of 10 KiB": [`/v2/${"a/".repeat(5_120)}a/${tail}`, 400, "NAME_INVALID"],
    "a name of 256 characters": [`/v2/${"a".repeat(256)}/${tail}`, 400, "NAME_INVALID"],
    "a name of 255 characters": [`/v2/${"a".repeat(255)}/${tail}`, 404, "NAME_UNKNOWN"],
    "a short digest": ["/v2/demo/app/blobs/sha256:aaaa", 400, "DIGEST_INVALID"],
    "a long digest": [`/v2/demo/app/blobs/sha256:${hex}a`, 400, "DIGEST_INVALID"],
    "an upper-case digest": [
      `/v2/demo/app/blobs/sha256:${hex.toUpperCase()}`,
      400,
      "DIGEST_INVALID",
    ],
    "an encoded digest": [`/v2/demo/app/blobs/sha256%3A${hex}`, 400, "DIGEST_INVALID"],
    "a digest with a path": [`/v2/demo/app/blobs/sha256:../../${hex}`, 404, "UNSUPPORTED"],
    "an encoded path in a digest": ["/v2/demo/app/blobs/sha256:..%2f..%2fx", 400, "DIGEST_INVALID"],
    md5: ["/v2/demo/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", 400, "DIGEST_INVALID"],
    sha512: [`/v2/demo/app/blobs/sha512:${hex}${hex}`, 400, "DIGEST_INVALID"],
    "no digest": ["/v2/demo/app/blobs/", 400, "DIGEST_INVALID"],
    "a manifest by a bad digest": ["/v2/demo/app/manifests/sha256:aaaa", 400, "DIGEST_INVALID"],
    "a tag that is none": ["/v2/demo/app/manifests/.hidden", 404, "MANIFEST_UNKNOWN"],
    "a tag of 129 characters": [
      `/v2/demo/app/manifests/${"a".repeat(129)}`,
      404,
      "MANIFEST_UNKNOWN",
    ],
  };
  for (const [what, [target, status, code]] of Object.entries(bad)) {
    it(`refuses ${what}`, async () => {
      const before = asked.length;
      const answer = await exchange(mirror, ask(target));
      assert.equal(answer.status, status);
      if (code !== "") assert.equal(codeIn(answer), code);
      const isName = code === "NAME_UNKNOWN";
      assert.equal(asked.length > before, isName, "what is no name never reaches the source");
    });
  }

  for (const method of ["PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
    it(`refuses ${method}`, async () => {
      const answer = await exchange(mirror, ask(`/v2/demo/app/blobs/${blob}`, { method }));
      assert.deepEqual([answer.status, codeIn(answer)], [405, "UNSUPPORTED"]);
      assert.equal(answer.headers.get("allow"), "GET, HEAD");
    });
  }

  const base = "GET /v2/ HTTP/1.1\r\nHost: x\r\n";
  const raw: Record<string, [request: string, status: number]> = {
    "a lower-case method": ["get /v2/ HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    "the preface of HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    "two lengths": [`${base}Content-Length: 0\r\nContent-Length: 1\r\n\r\n`, 400],
    "a length and chunks": [
      `${base}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    "no host": ["GET /v2/ HTTP/1.1\r\n\r\n", 400],
    "headers of 17 KiB": [`${base}X: ${"x".repeat(17 * 1024)}\r\n\r\n`, 431],
    "something else than HTTP": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    "an expectation": [`${base}Connection: close\r\nExpect: a-miracle\r\n\r\n`, 417],
    "CONNECT by hanging up": ["CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", Number.NaN],
  };
  for (const [what, [request, status]] of Object.entries(raw)) {
    it(`answers ${what}`, async () => {
      assert.equal((await exchange(mirror, request)).status, status);
      assert.equal((await exchange(mirror, ask("/v2/"))).status, 200, "and lives on");
    });
  }

  const harmless: Record<string, string> = {
    "HTTP/1.0": "GET /v2/ HTTP/1.0\r\n\r\n",
    "a wish to upgrade": `${base}Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
    "a body": `${base}Connection: close\r\nContent-Length: 2\r\n\r\nhi`,
  };
  for (const [what, request] of Object.entries(harmless)) {
    it(`answers GET with ${what} as any other`, async () => {
      assert.equal((await exchange(mirror, request)).status, 200);
    });
  }

  it("answers 100 requests sent at once, in their order", async () => {
    const target = (at: number) => `/v2/demo/app/${at % 2 === 0 ? "blobs/x" : tail}`;
    const requests = Array.from(
      { length: 100 },
      (_, at) => `GET ${target(at)} HTTP/1.1\r\nHost: x\r\n`,
    );
    const answer = await exchange(mirror, `${requests.join("\r\n")}Connection: close\r\n\r\n`);
    const statuses = `HTTP/1.1 ${answer.status}\r\n${answer.body}`.match(/HTTP\/1\.1 \d+/g);
    const expected = requests.map((_, at) => `HTTP/1.1 ${at % 2 === 0 ? 400 : 200}`);
    assert.deepEqual(statuses, expected);
  });

  it("says 500, and nothing of why, when the content cannot be read", async () => {
    for (const target of ["/v2/demo/app/manifests/broken", `/v2/demo/app/blobs/${broken}`]) {
      const answer = await exchange(mirror, ask(target));
      assert.deepEqual([answer.status, codeIn(answer)], [500, "UNKNOWN"]);
      assert.doesNotMatch(answer.body, /disk/);
      assert.equal(log.at(-1)?.error?.message, "no disk");
    }
  });

  it("hangs up when a blob ends early", async () => {
    const answer = await exchange(mirror, ask(`/v2/demo/app/blobs/${cut}`));
    assert.deepEqual([answer.status, answer.headers.get("content-length")], [200, "3"]);
    assert.ok(answer.body.length < 3);
    assert.equal(log.at(-1)?.error?.message, "no disk");
  });

  it("reads no further when the client has gone", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<MirrorAccess>();
    const endless = Readable.from(zeros(), { objectMode: false });
    const giving = await createMirror({
      listen: { host: "127.0.0.1", port: 0 },
      source: { ...source, blob: async () => ({ size: 1e12, open: async () => endless }) },
      onAccess: resolve,
    });
    try {
      const socket = connect(giving.port, giving.host);
      socket.write(ask(`/v2/demo/app/blobs/${blob}`));
      await once(socket, "data");
      socket.resetAndDestroy();
      const access = await ended;
      assert.equal(access.status, 200);
      assert.ok(access.error !== undefined);
      assert.ok(endless.destroyed);
    } finally {
      await giving.close();
    }
  });

  it("keeps an access log with the bytes of each body", async () => {
    log.length = 0;
    const path = `/v2/demo/app/blobs/${blob}`;
    await exchange(mirror, ask(path));
    await exchange(mirror, ask(path, { headers: ["Range: bytes=1-3"] }));
    await exchange(mirror, ask(path, { method: "HEAD" }));
    assert.deepEqual(log, [
      { method: "GET", path, status: 200, bytes: 10 },
      { method: "GET", path, status: 206, bytes: 3 },
      { method: "HEAD", path, status: 200, bytes: 0 },
    ]);
  });
});
