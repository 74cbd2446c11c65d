// Several distributions that want the same bytes: of one namespace, and of two that must not learn each other's secrets.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { type BlobRecord, type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { etcdValues } from "./etcd-values.ts";
import { aFleet, type TestFleet } from "./fleet.ts";
import { NAMESPACE } from "./manifests.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
const MIB = 2 ** 20;
const account = { username: "tenant", password: "canary-of-team-a-x7Qm" };
const WRONG = "canary-that-is-wrong-p2Lw";

describe("images that share layers", {
  skip: lackingCluster("docker-registry", "skopeo", "htpasswd"),
  timeout: 400_000,
}, () => {
  const scope = suite();
  let fleet: TestFleet;
  let open: TestRegistry;
  let locked: TestRegistry;
  before(async () => {
    open = await startRegistry(scope);
    locked = await startRegistry(scope, { account });
    fleet = await aFleet(scope, 48, [open, locked]);
  });

  async function push(registry: TestRegistry, name: string, seeds: readonly string[]) {
    const layers = seeds.map((seed) => ({ seed: `tenants ${seed}`, bytes: MIB }));
    const image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, `${name}:1`);
    return image;
  }
  const layerOf = ({ layers }: ImageRecord, index: number): BlobRecord =>
    layers[index] ?? assert.fail();
  const holders = ({ digest }: BlobRecord): number =>
    [...fleet.agents.values()].filter(({ root }) =>
      existsSync(join(root, "blobs", digest.replace(":", "/"))),
    ).length;
  const untilHeldBy = (nodes: number, layer: BlobRecord) =>
    until(`${nodes} nodes hold ${layer.digest}`, SOON_MS, async () =>
      holders(layer) === nodes ? true : undefined,
    );
  const begun = (registry: TestRegistry, { digest }: BlobRecord): number =>
    registry
      .requests()
      .filter(
        ({ method, path, status }) => `${method} ${status}` === "GET 200" && path.endsWith(digest),
      ).length;
  const reasonIn = async (namespace: string, name: string) =>
    await fleet.kubectl(
      ...["get", "imgdist", name, "-n", namespace],
      ...["-o", `jsonpath={.status.conditions[?(@.type=="Ready")].reason}`],
    );
  const untilReason = (namespace: string, name: string, reason: string) =>
    until(`${namespace}/${name} is ${reason}`, SOON_MS, async () =>
      (await reasonIn(namespace, name)) === reason ? true : undefined,
    );

  it("take each of them from the registry once a zone, and keep what the other needs", async () => {
    const { distribute, untilReady, kubectl } = fleet;
    const one = await push(open, "one", ["shared", "of one"]);
    const two = await push(open, "two", ["shared", "of two"]);
    open.forgetRequests();
    for (const name of ["one", "two"]) {
      await distribute(name, { image: `${open.address}/${name}:1`, retentionSeconds: 0 });
    }
    await Promise.all(["one", "two"].map(untilReady));
    const [shared, ofOne, ofTwo] = [layerOf(one, 0), layerOf(one, 1), layerOf(two, 1)];
    for (const layer of [shared, ofOne, ofTwo]) {
      const times = begun(open, layer);
      assert.ok(times === 1 || times === 2, `${layer.digest} ${times} times`);
    }
    await kubectl("delete", "imgdist", "one");
    await untilHeldBy(0, ofOne);
    assert.deepEqual([holders(shared), holders(ofTwo)], [6, 6]);
    assert.equal(await reasonIn("default", "two"), "Complete");
  });

  async function makeTenant(namespace: string): Promise<void> {
    await fleet.kubectl("create", "namespace", namespace);
    await fleet.kubectl(
      ...["create", "rolebinding", "pull-secrets", "-n", namespace],
      "--clusterrole=oci-torrent-pull-secrets",
      `--serviceaccount=${NAMESPACE}:oci-torrent-controller`,
    );
  }
  async function putLogin(namespace: string, password: string): Promise<void> {
    const secret = await fleet.kubectl(
      ...["create", "secret", "docker-registry", "login", `--docker-server=${locked.address}`],
      ...[`--docker-username=${account.username}`, `--docker-password=${password}`],
      ...["-n", namespace, "--dry-run=client", "-o", "json"],
    );
    await fleet.cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { input: secret });
  }
  async function distributeIn(namespace: string): Promise<void> {
    const object = {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name: "private", namespace },
      spec: {
        image: `${locked.address}/private:1`,
        imagePullSecrets: [{ name: "login" }],
        retentionSeconds: 0,
        runtime: { load: "Never" },
      },
    };
    await fleet.cluster.kubectl(["apply", "-n", namespace, "-f", "-"], {
      input: JSON.stringify(object),
    });
  }
  const refresh = (namespace: string) =>
    fleet.kubectl("annotate", "imgdist", "private", "-n", namespace, "oci-torrent.io/refresh=now");

  it("are given to a namespace by its own credential alone, though the nodes have them", async () => {
    const image = await push(locked, "private", ["private"]);
    await Promise.all(["team-a", "team-b"].map(makeTenant));
    await putLogin("team-a", account.password);
    await putLogin("team-b", WRONG);
    await distributeIn("team-a");
    await untilReason("team-a", "private", "Complete");
    locked.forgetRequests();
    await distributeIn("team-b");
    await untilReason("team-b", "private", "Unauthorized");
    const { stdout } = await fleet.cluster.kubectl(["get", "nis", "-o", "yaml"]);
    assert.ok(stdout.includes("team-a/private/") && !stdout.includes("team-b/private/"));

    await putLogin("team-b", account.password);
    await refresh("team-b");
    await untilReason("team-b", "private", "Complete");
    assert.equal(begun(locked, layerOf(image, 0)), 0);
  });

  /** What base64 makes of a text wherever it begins within another: in headers, secrets and whole documents. */
  const inBase64 = (text: string): readonly string[] =>
    [0, 1, 2].map((before) => {
      const encoded = btoa("?".repeat(before) + text);
      // The first and the last characters are of what stands beside it too.
      return encoded.slice(
        Math.ceil((before * 8) / 6),
        Math.floor(((before + text.length) * 8) / 6),
      );
    });
  const forms = [account.password, WRONG].flatMap((each) => [each, ...inBase64(each)]);
  const withCanary = (texts: ReadonlyMap<string, string>): readonly string[] =>
    [...texts].filter(([, text]) => forms.some((form) => text.includes(form))).map(([at]) => at);

  async function stored(): Promise<ReadonlyMap<string, string>> {
    const values = await etcdValues(fleet.cluster.controlPlane.etcdUrl);
    return new Map(values.map(({ key, value }) => [key, value]));
  }
  async function told(): Promise<ReadonlyMap<string, string>> {
    const { controllers, agents } = fleet;
    const daemons = [...controllers, ...agents.values()];
    const metrics = daemons.map(async ({ metricsUrl }) => {
      const response = await fetch(`${metricsUrl}/metrics`);
      assert.equal(response.status, 200);
      return [metricsUrl, await response.text()] as const;
    });
    const logs = daemons.map(
      ({ process }) => [`log of ${process.pid}`, process.stdout() + process.stderr()] as const,
    );
    const files = [...agents.values()].flatMap(({ root }) =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes("/blobs"))
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path, readFileSync(path, "latin1")] as const),
    );
    return new Map([...(await Promise.all(metrics)), ...logs, ...files]);
  }

  it("leave no trace of a password but in the secrets themselves", async () => {
    const texts = await told();
    assert.ok(texts.size > 16);
    assert.deepEqual(withCanary(texts), []);
    const secrets = ["/registry/secrets/team-a/login", "/registry/secrets/team-b/login"];
    assert.deepEqual(withCanary(await stored()), secrets);
    // What is searched would show a trace.
    const whole = await fleet.kubectl("get", "secret", "login", "-n", "team-a", "-o", "json");
    const { data } = JSON.parse(whole) as { data: Record<string, string> };
    const planted = `--from-literal=planted=${data[".dockerconfigjson"]}`;
    await fleet.kubectl("create", "configmap", "planted", planted);
    assert.deepEqual(withCanary(await stored()), [
      "/registry/configmaps/default/planted",
      ...secrets,
    ]);
    for (const trace of [WRONG, btoa(WRONG), btoa(`${account.username}:${WRONG}`)]) {
      assert.deepEqual(withCanary(new Map([...texts, ["planted", `a ${trace} b`]])), ["planted"]);
    }
  });

  it("go with the last namespace that wants them, and no namespace waits for them", async () => {
    const [layer] = (await push(locked, "private", ["private"])).layers;
    assert.ok(layer);
    await fleet.kubectl("delete", "namespace", "team-a", "--timeout=60s");
    assert.equal(await reasonIn("team-b", "private"), "Complete");
    assert.equal(holders(layer), 6);
    await fleet.kubectl("delete", "namespace", "team-b", "--timeout=60s");
    await untilHeldBy(0, layer);
    await until("no node speaks of it", SOON_MS, async () => {
      const left = await fleet.kubectl("get", "imgdist,nis", "-A", "-o", "yaml");
      return /team-[ab]\/private/.test(left) ? undefined : true;
    });
  });
});
