import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessTokenCredential } from "../../oci/index.ts";
import {
  anImage,
  pushImage,
  startLyingRegistry,
  startTokenServer,
} from "../../oci/testing/index.ts";
import { pullCredential } from "./pull-credential.ts";
import { auth } from "./testing/a-cluster.ts";
import { aRequest, aResolver } from "./testing/a-resolver.ts";

const forever = new AbortController().signal;
const account = { username: "ada", password: "s3cret-canary" };
const right = { "registry.test": auth(account.username, account.password) };
const source = aRequest({ imagePullSecrets: ["login"] });
const place = { host: "registry.test", repository: "demo/app" };

describe("what a seeder shows the registry", () => {
  it("is a token for that repository alone, which ends", async (test) => {
    const tokens = await startTokenServer(test, { account, expiresInSeconds: 300 });
    const registry = await startLyingRegistry(test);
    pushImage(registry, "demo/app", "1", anImage(["one"]));
    registry.require({ by: "token", tokens });
    const { cluster, deps, clock } = aResolver(test, registry);
    cluster.addDockerConfig("login", right);

    const crediting = await pullCredential(deps, source, forever);
    assert.ok(crediting.state === "done");
    const { login, expiresAtMs, ...rest } = crediting.credential;
    assert.deepEqual(rest, place);
    assert.equal(expiresAtMs, clock.now() + 295_000);
    assert.ok(login !== undefined && "bearerToken" in login);
    assert.equal(tokens.scopeOf(login.bearerToken), "repository:demo/app:pull");

    const seeder = deps.registries.registry(
      "registry.test",
      accessTokenCredential(login.bearerToken),
    );
    await seeder.resolve("demo/app", "1", forever);
    const again = await pullCredential(deps, source, forever);
    assert.ok(again.state === "done");
    assert.notDeepEqual(again.credential.login, login);
  });

  it("is the login where no service gives tokens", async (test) => {
    const registry = await startLyingRegistry(test);
    pushImage(registry, "demo/app", "1", anImage(["one"]));
    registry.require({ by: "basic", ...account });
    const { cluster, deps } = aResolver(test, registry);
    cluster.addDockerConfig("login", right);
    assert.deepEqual(await pullCredential(deps, source, forever), {
      state: "done",
      credential: { ...place, login: { basic: account }, expiresAtMs: 0 },
    });
  });

  it("is nothing where the registry gives to anybody", async (test) => {
    const registry = await startLyingRegistry(test);
    pushImage(registry, "demo/app", "1", anImage(["one"]));
    const { cluster, deps } = aResolver(test, registry);
    cluster.addDockerConfig("login", right);
    assert.deepEqual(await pullCredential(deps, source, forever), {
      state: "done",
      credential: { ...place, expiresAtMs: 0 },
    });
    assert.deepEqual(cluster.read(), []);
  });

  it("follows the secret: what it says is read each time", async (test) => {
    const registry = await startLyingRegistry(test);
    pushImage(registry, "demo/app", "1", anImage(["one"]));
    registry.require({ by: "basic", ...account });
    const { cluster, deps } = aResolver(test, registry);
    cluster.addDockerConfig("login", { "registry.test": auth("ada", "old-canary") });
    const refused = await pullCredential(deps, source, forever);
    assert.deepEqual(refused, {
      state: "failed",
      reason: "Unauthorized",
      message:
        'could not fetch registry.test/demo/app:1: the registry refuses the login: check the user name and the password or token; tried was the login of secret "login"',
    });
    cluster.api.store.delete("/api/v1/namespaces/team/secrets", "login");
    cluster.addDockerConfig("login", right);
    assert.equal((await pullCredential(deps, source, forever)).state, "done");
  });
});
