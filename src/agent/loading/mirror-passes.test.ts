import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { digestOf, OCI_MANIFEST } from "../../oci/index.ts";
import { createMirror, type Mirror } from "../mirror.ts";
import type { LoadableImage } from "./loadable-image.ts";
import { createMirrorPasses, type MirrorPass } from "./mirror-passes.ts";

function anImage(text: string): LoadableImage {
  const bytes = Buffer.from(JSON.stringify({ text }));
  const digest = digestOf(bytes);
  const descriptor = { mediaType: OCI_MANIFEST, digest, size: bytes.length };
  return { digest, documents: [{ descriptor, bytes }], content: new Map() };
}

const MINUTE = 60_000;

describe("a pass to the mirror", () => {
  const [mine, other] = [anImage("mine"), anImage("other")];
  let now = 0;
  const passes = createMirrorPasses(() => now);
  let mirror: Mirror;
  before(async () => {
    mirror = await createMirror({ listen: { host: "127.0.0.1", port: 0 }, source: passes.gate });
  });
  after(() => mirror.close());

  async function ask({ digest }: LoadableImage, pass?: Pick<MirrorPass, "username" | "password">) {
    const login = pass && btoa(`${pass.username}:${pass.password}`);
    const headers = login === undefined ? {} : { authorization: `Basic ${login}` };
    const response = await fetch(`${mirror.url}/v2/l/manifests/${digest}`, { headers });
    await response.arrayBuffer();
    return response;
  }
  const status = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status;

  it("is asked for, and good for one image as often as it is shown", async () => {
    const pass = passes.issue(mine);
    const challenged = await ask(mine);
    assert.equal(challenged.status, 401);
    assert.match(challenged.headers.get("www-authenticate") ?? "", /^Basic realm=/i);
    assert.equal(pass.isUsed(), false);
    assert.deepEqual([await status(mine, pass), await status(mine, pass)], [200, 200]);
    assert.equal(pass.isUsed(), true);
    assert.equal(await status(other, pass), 404);
    assert.equal(await status(other, passes.issue(other)), 200);
  });

  it("is worth nothing with another password, and once its load is over", async () => {
    const pass = passes.issue(mine);
    const guessed = { username: pass.username, password: `${pass.password}x` };
    const unknown = { username: "somebody", password: pass.password };
    assert.deepEqual([await status(mine, guessed), await status(mine, unknown)], [401, 401]);
    assert.equal(await status(mine, pass), 200);
    pass.end();
    assert.equal(await status(mine, pass), 401);
  });

  it("is worth nothing any more when nobody has shown it for ten minutes", async () => {
    const pass = passes.issue(mine);
    now += 10 * MINUTE - 1;
    assert.equal(await status(mine, pass), 200);
    now += 10 * MINUTE - 1;
    assert.equal(await status(mine, pass), 200);
    now += 10 * MINUTE;
    assert.equal(await status(mine, pass), 401);
  });

  it("is given to so many loads at a time and no more", () => {
    now += 10 * MINUTE;
    const issued = Array.from({ length: 64 }, () => passes.issue(mine));
    assert.throws(() => passes.issue(mine), /64 loads have a pass/);
    issued[0]?.end();
    passes.issue(mine).end();
    for (const pass of issued) pass.end();
  });
});
