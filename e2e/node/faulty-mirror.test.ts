// A real containerd whose mirror does not give what it should: nothing half comes in, and nothing is in the way of the next load.
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { before, describe, it, type TestContext } from "node:test";
import { suite } from "../support/at-end.ts";
import { type Containerd, lackingContainerd, startContainerd, VERSIONS } from "./containerd.ts";
import { type Fault, startFaultyFront } from "./faulty-front.ts";
import { type ImageMirror, startImageMirror } from "./image-mirror.ts";
import { anImage, namesFor } from "./loadable-images.ts";
import { lookInto } from "./look-into.ts";
import { startHelper, type TestHelper } from "./runtime-helper.ts";

const SOON_MS = 60_000;
const STALLED_MS = 4_000;

const refused =
  (status: number): Fault =>
  (_, response) =>
    void response.writeHead(status).end();
const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

const faults: Readonly<Record<string, readonly [fault: Fault, says: RegExp]>> = {
  "answers 404": [refused(404), /404|not found/i],
  "answers 403": [refused(403), /403|forbidden/i],
  "answers 429": [refused(429), /429|too many/i],
  "answers 500": [refused(500), /500|internal server error/i],
  "answers 503": [refused(503), /503|service unavailable/i],
  "resets the connection": [(_, response) => response.socket?.resetAndDestroy(), /reset|EOF/i],
  "ends in the middle": [
    (bytes, response) => {
      response.writeHead(200, { "Content-Length": bytes.length });
      response.write(half(bytes), () => response.destroy());
    },
    /EOF|closed|short/i,
  ],
  "gives other bytes": [
    (bytes, response) => {
      response.writeHead(200, { "Content-Length": bytes.length });
      response.end(Buffer.from(bytes.map((byte) => byte ^ 1)));
    },
    /digest|checksum|invalid/i,
  ],
  "gives less and says so": [
    (bytes, response) => {
      response.writeHead(200, { "Content-Length": half(bytes).length });
      response.end(half(bytes));
    },
    /size|digest|EOF|short/i,
  ],
  "gives more": [
    (bytes, response) => {
      response.writeHead(200, { "Content-Length": bytes.length + 1 });
      response.end(Buffer.concat([bytes, Buffer.of(0)]));
    },
    /size|digest|trailing|invalid/i,
  ],
  "stands still in the middle": [
    (bytes, response) => {
      response.writeHead(200, { "Content-Length": bytes.length });
      response.write(half(bytes));
    },
    /aborted|timeout|cancel/i,
  ],
};

for (const version of VERSIONS) {
  describe(`containerd ${version}, of whose mirror a layer is asked that`, {
    skip: lackingContainerd(version),
    timeout: 400_000,
  }, () => {
    const scope = suite();
    let containerd: Containerd;
    let images: ImageMirror;
    let helper: TestHelper;
    let look: ReturnType<typeof lookInto>;
    before(async () => {
      containerd = await startContainerd(scope, { version, hosts: "directory" });
      images = await startImageMirror(scope);
      helper = await startHelper(scope, containerd);
      look = lookInto(scope, containerd.socket);
    });

    async function loadFrom(t: TestContext, what: string, fault: Fault, says: RegExp) {
      const image = await anImage(t, what);
      const [layer = assert.fail()] = [...image.content].toSorted(
        ([, a], [, b]) => b.size - a.size,
      );
      const [digest, blob] = layer;
      const bytes = await buffer(await blob.open());
      const path = new RegExp(digest);
      const login = images.login(image);
      const front = await startFaultyFront(t, login.address, { path, bytes, fault });
      const wanted = { digest: image.digest, names: namesFor(image, "app") };
      const limit = AbortSignal.timeout(what.startsWith("stands") ? STALLED_MS : SOON_MS);
      const faulty = { ...login, address: front.address };
      await assert.rejects(helper.load(wanted, faulty, false, limit), (error: Error) => {
        assert.match(error.message, says);
        return true;
      });
      assert.ok(front.asked > 0, "the layer was asked for");
      assert.deepEqual(await look.names(), [], "no name stays, of ours or of the mirror's");
      await helper.load(wanted, images.login(image), false, AbortSignal.timeout(SOON_MS));
      const { names } = wanted;
      assert.deepEqual((await look.see(names[0] ?? ""))?.repoDigests, [names[1]]);
      await look.remove(names[0] ?? "");
    }

    for (const [what, [fault, says]] of Object.entries(faults)) {
      it(what, (t) => loadFrom(t, what, fault, says));
    }
  });
}
