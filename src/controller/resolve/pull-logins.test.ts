import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { type LoginSources, readPullLogins } from "./pull-logins.ts";
import { aCluster, auth } from "./testing/a-cluster.ts";

const forever = new AbortController().signal;
const place = { host: "r.example", repository: "team/app" };

type Cluster = ReturnType<typeof aCluster>;

async function read(cluster: Cluster, sources: Partial<LoginSources>) {
  const all = {
    namespace: "team",
    imagePullSecrets: [],
    serviceAccountName: undefined,
    ...sources,
  };
  const { logins, problems } = await readPullLogins(cluster.objects, all, place, forever);
  const shown = logins.map(({ credential, from }) => {
    const login = credential.kind === "basic" ? credential.username : credential.kind;
    return `${login} of ${from}`;
  });
  return { logins: shown, problems };
}

describe("the logins of a distribution", () => {
  it("come from secrets of both types", async () => {
    const cluster = aCluster();
    cluster.addDockerConfig("new", { "r.example": auth("ada", "1") });
    cluster.addDockercfg("old", { "r.example": auth("bob", "2") });
    assert.deepEqual(await read(cluster, { imagePullSecrets: ["new", "old"] }), {
      logins: ['ada of secret "new"', 'bob of secret "old"'],
      problems: [],
    });
  });

  it("are those of imagePullSecrets, the most specific first, and then those of the service account", async () => {
    const cluster = aCluster();
    cluster.addDockerConfig("host", { "r.example": auth("ada", "1") });
    cluster.addDockerConfig("path", { "r.example/team": auth("bob", "2") });
    cluster.addDockerConfig("theirs", { "r.example/team/app": auth("eve", "3") });
    cluster.addServiceAccount("builder", ["theirs", "host"]);
    const sources = { imagePullSecrets: ["host", "path"], serviceAccountName: "builder" };
    assert.deepEqual((await read(cluster, sources)).logins, [
      'bob of secret "path"',
      'ada of secret "host"',
      'eve of secret "theirs"',
    ]);
    assert.deepEqual(cluster.read(), [
      ...["secrets/host", "secrets/path", "serviceaccounts/builder", "secrets/theirs"],
    ]);
  });

  it("are each there once", async () => {
    const cluster = aCluster();
    cluster.addDockerConfig("one", { "r.example": auth("ada", "1"), "s.example": auth("s", "1") });
    cluster.addDockerConfig("two", { "r.example/team": auth("ada", "1") });
    cluster.addDockerConfig("three", { "r.example": auth("ada", "2") });
    const sources = { imagePullSecrets: ["one", "two", "three"] };
    assert.deepEqual((await read(cluster, sources)).logins, [
      'ada of secret "two"',
      'ada of secret "three"',
    ]);
  });

  it("are bounded, however many a secret and a service account name", async () => {
    const cluster = aCluster();
    const many = Array.from({ length: 40 }, (_, index) => `s-${index}`);
    for (const name of many) cluster.addDockerConfig(name, { "r.example": auth(name, "1") });
    cluster.addServiceAccount("builder", [...many, 7, { name: 8 }, null]);
    const { logins } = await read(cluster, { serviceAccountName: "builder" });
    assert.equal(logins.length, 8);
    assert.equal(cluster.read().length, 1 + 16);
  });

  const type = "kubernetes.io/dockerconfigjson";
  const absent = 'there is no secret "bad" in namespace team';
  const unreadable = 'could not read logins from secret "bad": ';
  const problems: Record<string, [prepare: (cluster: Cluster) => unknown, sentence: string]> = {
    "that is not there": [() => {}, absent],
    "of another type": [
      (cluster) => cluster.addSecret("bad", { type: "Opaque", data: {} }),
      `${unreadable}its type is not kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg: make it with kubectl create secret docker-registry`,
    ],
    "of a type that every object has a field of": [
      (cluster) => cluster.addSecret("bad", { type: "constructor", data: {} }),
      `${unreadable}its type is not kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg: make it with kubectl create secret docker-registry`,
    ],
    "without content": [
      (cluster) => cluster.addSecret("bad", { type }),
      `${unreadable}it has no key .dockerconfigjson`,
    ],
    "that is not JSON": [
      (cluster) => cluster.addDockerConfig("bad", '{"auths": canary'),
      `${unreadable}it is not JSON`,
    ],
    "with a login that cannot be read": [
      (cluster) => cluster.addDockerConfig("bad", { "r.example": { auth: "%canary" } }),
      `${unreadable}auth of "r.example" is not base64 of USER:PASSWORD`,
    ],
  };
  for (const [what, [prepare, sentence]] of Object.entries(problems)) {
    it(`are not had of a secret ${what}, which is told, and the others are`, async () => {
      const cluster = aCluster();
      prepare(cluster);
      cluster.addDockerConfig("good", { "r.example": auth("ada", "1") });
      const found = await read(cluster, { imagePullSecrets: ["bad", "good"] });
      const kind = sentence === absent ? "notFound" : "unusable";
      assert.deepEqual(found, {
        logins: ['ada of secret "good"'],
        problems: [{ kind, sentence }],
      });
    });
  }

  it("do not fail for a login of another registry that cannot be read", async () => {
    const cluster = aCluster();
    const auths = { "s.example": { auth: "%" }, "r.example": auth("ada", "1") };
    cluster.addDockerConfig("one", auths);
    assert.deepEqual(await read(cluster, { imagePullSecrets: ["one"] }), {
      logins: ['ada of secret "one"'],
      problems: [],
    });
  });

  it("are none where the controller may not read secrets, and that is said once", async () => {
    const cluster = aCluster();
    for (const _ of ["a", "b"]) cluster.api.faults.plan({ kind: "refuse", code: 403 });
    const { logins, problems } = await read(cluster, { imagePullSecrets: ["a", "b"] });
    assert.deepEqual(logins, []);
    assert.deepEqual(problems, [
      {
        kind: "forbidden",
        sentence:
          "the controller may not read secrets of namespace team: bind the cluster role oci-torrent-pull-secrets to its service account there",
      },
    ]);
  });

  it("are never looked for elsewhere, whatever a secret is called", async () => {
    const cluster = aCluster();
    const names = ["..", ".", "../../other/secrets/login", "other/login", "", "A", "a%2Fb", "a?b"];
    const sources = { imagePullSecrets: names, serviceAccountName: "../login" };
    const { problems } = await read(cluster, sources);
    assert.deepEqual(cluster.read(), []);
    assert.deepEqual(
      problems.map(({ kind }) => kind),
      [...names, "../login"].map(() => "notFound"),
    );
    cluster.addDockerConfig("login.of-ada", { "r.example": auth("ada", "1") });
    const found = await read(cluster, { imagePullSecrets: ["login.of-ada"] });
    assert.deepEqual(found.logins, ['ada of secret "login.of-ada"']);
  });

  it("fail with the API server", async () => {
    const cluster = aCluster();
    cluster.api.faults.plan({ kind: "refuse", code: 500 });
    await assert.rejects(read(cluster, { imagePullSecrets: ["a"] }), { code: 500 });
  });

  it("never print themselves", async () => {
    const cluster = aCluster();
    cluster.addDockerConfig("one", { "r.example": auth("user-canary", "pass-canary") });
    cluster.addDockerConfig("two", `{"auths":{"r.example":{"auth":"canary"`);
    const sources = {
      namespace: "team",
      imagePullSecrets: ["one", "two"],
      serviceAccountName: undefined,
    };
    const found = await readPullLogins(cluster.objects, sources, place, forever);
    assert.equal(found.logins.length, 1);
    assert.equal(found.problems.length, 1);
    assert.doesNotMatch(inspect(found, { depth: 9 }) + JSON.stringify(found), /canary/);
  });
});
