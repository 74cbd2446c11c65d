import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { startTokenServer } from "../../oci/testing/index.ts";
import { auth } from "./testing/a-cluster.ts";
import { all, failed, found, type Served, served, spec } from "./testing/a-served-image.ts";

const account = { username: "ada", password: "s3cret-canary" };
const right = { "registry.test": auth(account.username, account.password) };
const wrong = { "registry.test": auth("ada", "wrong-canary") };

describe("an image that is not for everybody", { concurrency: true }, () => {
  const wants = "could not fetch registry.test/demo/app:1: the registry wants a login";
  const refuses =
    "could not fetch registry.test/demo/app:1: the registry refuses the login: check the user name and the password or token";

  async function locked(test: TestContext) {
    const one = await served(test);
    one.registry.require({ by: "basic", ...account });
    return one;
  }

  it("is asked for as nobody first: secrets are not read for what everybody may have", async (test) => {
    const one = await served(test);
    one.cluster.addDockerConfig("login", right);
    const { image } = await found(one, { imagePullSecrets: ["login"] });
    assert.equal(image.access, "Public");
    assert.deepEqual(one.cluster.read(), []);
  });

  it("is had with the login of a secret", async (test) => {
    const one = await locked(test);
    one.cluster.addDockerConfig("login", right);
    const { image } = await found(one, { imagePullSecrets: ["login"] });
    assert.equal(image.access, "Credentialed");
    assert.equal(image.digest, all.top.digest);
  });

  it("is had with the login of a service account's secret", async (test) => {
    const one = await locked(test);
    one.cluster.addDockercfg("login", right);
    one.cluster.addServiceAccount("builder", ["login"]);
    const { image } = await found(one, { serviceAccountName: "builder" });
    assert.equal(image.access, "Credentialed");
  });

  it("is had with the second login, when the first is refused", async (test) => {
    const one = await locked(test);
    one.cluster.addDockerConfig("old", { "registry.test/demo": auth("ada", "old-canary") });
    one.cluster.addDockerConfig("new", right);
    const { image } = await found(one, { imagePullSecrets: ["old", "new", "absent"] });
    assert.equal(image.access, "Credentialed");
  });

  it("is had with a token that the login gets", async (test) => {
    const tokens = await startTokenServer(test, { account });
    const one = await served(test);
    one.registry.require({ by: "token", tokens });
    one.cluster.addDockerConfig("login", right);
    const { image } = await found(one, { imagePullSecrets: ["login"] });
    assert.equal(image.access, "Credentialed");
  });

  it("is had from a registry that denies that it is there", async (test) => {
    const tokens = await startTokenServer(test);
    const one = await served(test);
    one.registry.require({ by: "token", tokens });
    one.registry.lie(({ headers }) => {
      const isNobody = tokens.requests.at(-1)?.headers.authorization === undefined;
      return headers.authorization !== undefined && isNobody
        ? { do: "answer", status: 404 }
        : undefined;
    });
    one.cluster.addDockerConfig("login", right);
    assert.equal((await failed(one)).reason, "NotFound");
    const { image } = await found(one, { imagePullSecrets: ["login"] });
    assert.equal(image.access, "Credentialed");
  });

  const login = { imagePullSecrets: ["login"] };
  const refusals: Record<
    string,
    [prepare: (one: Served) => unknown, request: object, reason: string, message: string]
  > = {
    "where no secret is named": [
      () => {},
      {},
      "Unauthorized",
      `${wants}: name a secret that has one in spec.imagePullSecrets`,
    ],
    "where the login is wrong": [
      ({ cluster }) => cluster.addDockerConfig("login", wrong),
      login,
      "Unauthorized",
      `${refuses}; tried was the login of secret "login"`,
    ],
    "where all logins are wrong, and a secret is missing": [
      ({ cluster }) => {
        cluster.addDockerConfig("login", wrong);
        cluster.addDockerConfig("other", { "registry.test": auth("bob", "canary") });
      },
      { imagePullSecrets: ["login", "other", "absent"] },
      "Unauthorized",
      `${refuses}; tried was the login of secret "login", secret "other"; and there is no secret "absent" in namespace team`,
    ],
    "where the secret has none for that registry": [
      ({ cluster }) => cluster.addDockerConfig("login", { "other.test": auth("ada", "canary") }),
      login,
      "Unauthorized",
      `${wants}, and no secret of the distribution has one for registry.test`,
    ],
    "where the secret is missing": [
      () => {},
      login,
      "SecretNotFound",
      `${wants}, and there is no secret "login" in namespace team`,
    ],
    "where the service account is missing": [
      () => {},
      { serviceAccountName: "builder" },
      "SecretNotFound",
      `${wants}, and there is no service account "builder" in namespace team`,
    ],
    "where the secret cannot be used": [
      ({ cluster }) => cluster.addDockerConfig("login", "canary"),
      login,
      "Unauthorized",
      `${wants}, and could not read logins from secret "login": it is not JSON`,
    ],
    "where the controller may not read it": [
      ({ cluster }) => cluster.api.faults.plan({ kind: "refuse", code: 403 }),
      { imagePullSecrets: ["login", "absent"] },
      "SecretForbidden",
      `${wants}, and the controller may not read secrets of namespace team: bind the cluster role oci-torrent-pull-secrets to its service account there; there is no secret "absent" in namespace team`,
    ],
  };
  for (const [what, [prepare, request, reason, message]] of Object.entries(refusals)) {
    it(`is not had ${what}`, async (test) => {
      const one = await locked(test);
      prepare(one);
      const failure = await failed(one, request);
      assert.deepEqual(failure, { reason, message });
      assert.doesNotMatch(inspect(failure), /canary/);
    });
  }

  it("is had with a login from a registry that nobody else may ask more often", async (test) => {
    const tokens = await startTokenServer(test, { account });
    const one = await served(test);
    let nobody = 0;
    one.registry.lie(({ headers }) => {
      if (headers.authorization !== undefined || nobody === 0) return undefined;
      nobody -= 1;
      return { do: "answer", status: 429 };
    });
    one.registry.require({ by: "token", tokens });
    one.cluster.addDockerConfig("login", right);
    nobody = 5;
    assert.equal((await found(one, login)).image.access, "Credentialed");
    nobody = 5;
    assert.match((await failed(one)).message, /limits requests \(429\): try later or log in$/);
    assert.match((await failed(one)).message, /failed 10 times in a row and is left alone/);
    assert.equal((await found(one, login)).image.access, "Credentialed");
  });

  it("says no word of a login in a failure that is not about it", async (test) => {
    const one = await locked(test);
    one.cluster.addDockerConfig("login", right);
    const failure = await failed(one, { ...login, ...spec("linux/s390x") });
    assert.equal(failure.reason, "PlatformMissing");
  });

  it("fails with the API server", async (test) => {
    const one = await locked(test);
    one.cluster.api.faults.plan({ kind: "refuse", code: 500 });
    await assert.rejects(one.resolve(login), { code: 500 });
  });
});
