import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  anImage,
  pushImage,
  startLyingRegistry,
  startTokenServer,
} from "../../oci/testing/index.ts";
import { silentLog, systemClock } from "../../runtime/index.ts";
import type { Distribution } from "../decide/world.ts";
import { aSpec, KEY } from "../testing/a-world.ts";
import { createImageLookup } from "./image-lookup.ts";
import { auth } from "./testing/a-cluster.ts";
import { aResolver } from "./testing/a-resolver.ts";

const account = { username: "ada", password: "s3cret-canary" };
const image = anImage(["one"]);
const platforms = ["linux/amd64"];
const status = { observedGeneration: -1 };

const distribution: Distribution = {
  ...{ key: KEY, uid: "uid-1", generation: 1, isDeleted: false },
  spec: aSpec({ image: "registry.test/demo/app:1", imagePullSecrets: [{ name: "login" }] }),
  ...{ problem: undefined, refresh: undefined },
};

/** A lookup at work, of a registry with the image. */
async function start(test: TestContext) {
  const registry = await startLyingRegistry(test);
  pushImage(registry, "demo/app", "1", image);
  const { cluster, deps } = aResolver(test, registry);
  const heard = {
    image: Promise.withResolvers<string>(),
    credential: Promise.withResolvers<string>(),
  };
  const lookup = createImageLookup({
    ...deps,
    clock: systemClock,
    today: () => new Date(),
    random: () => 0,
    log: silentLog,
    onImage: heard.image.resolve,
    onCredential: heard.credential.resolve,
    isFetching: () => true,
  });
  const stop = new AbortController();
  const running = lookup.run(stop.signal);
  test.after(async () => {
    stop.abort();
    await running;
  });
  return { registry, cluster, lookup, heard };
}

describe("the lookup of images", () => {
  it("finds out what an image is, with its documents", async (test) => {
    const { lookup, heard } = await start(test);
    assert.deepEqual(lookup.of(distribution, status, platforms), { state: "wanted" });
    assert.equal(lookup.documents(KEY), undefined);
    assert.equal(await heard.image.promise, KEY);
    const resolution = lookup.of(distribution, status, platforms);
    assert.ok(resolution.state === "done");
    assert.equal(resolution.image.digest, image.top.digest);
    assert.ok(lookup.documents(KEY)?.manifests.has(image.top.digest));
    assert.equal(lookup.credential(KEY), undefined);
  });

  it("obtains what seeders have to show, where not everybody may have the image", async (test) => {
    const tokens = await startTokenServer(test, { account });
    const { registry, cluster, lookup, heard } = await start(test);
    registry.require({ by: "token", tokens });
    cluster.addDockerConfig("login", { "registry.test": auth(account.username, account.password) });
    lookup.of(distribution, status, platforms);
    assert.equal(lookup.credential(KEY), undefined);
    await heard.image.promise;
    lookup.of(distribution, status, platforms);
    assert.equal(lookup.credential(KEY), undefined);
    assert.equal(await heard.credential.promise, KEY);
    const credential = lookup.credential(KEY);
    assert.equal(credential?.repository, "demo/app");
    const { login } = credential;
    assert.ok(login !== undefined && "bearerToken" in login);
    assert.equal(tokens.scopeOf(login.bearerToken), "repository:demo/app:pull");
  });

  it("tells why there is none, and forgets it with its distribution", async (test) => {
    const { registry, lookup, heard } = await start(test);
    registry.require({ by: "basic", ...account });
    lookup.of(distribution, status, platforms);
    await heard.image.promise;
    const resolution = lookup.of(distribution, status, platforms);
    assert.ok(resolution.state === "failed");
    assert.equal(resolution.reason, "SecretNotFound");
    lookup.forget(KEY);
    assert.deepEqual(lookup.of(distribution, status, platforms), { state: "wanted" });
  });
});
