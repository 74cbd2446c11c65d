// What registries and runtimes may be like: an image that needs a login, and a containerd that heeds no hosts.toml.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { goProgram } from "../support/go-programs.ts";
import { run } from "../support/processes.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { type AppImage, makeAppImage } from "./app-image.ts";
import {
  lackingNodes,
  type NodeCluster,
  PAUSE_IMAGE,
  REGISTRY,
  SHELL_IMAGE,
  startNodeCluster,
} from "./cluster.ts";
import { distribute, distributionStatus, untilReady } from "./distributions.ts";
import { runEverywhere } from "./pods.ts";
import { install, prepareRelease } from "./release.ts";
import { runtimeOf } from "./runtime-view.ts";

const PRIVATE_PORT = 5001;
const PRIVATE = `registry.test:${PRIVATE_PORT}`;
const ACCOUNT = { username: "reader", password: "only for reading" };

describe("images from other registries, for other runtimes", { skip: lackingNodes() }, () => {
  const scope = suite();
  let cluster: NodeCluster;
  let registry: TestRegistry;
  let image: AppImage;
  before(async () => {
    cluster = await startNodeCluster(scope, { nodes: [{ name: "usual" }] });
    const release = await prepareRelease(scope, cluster);
    const deaf = await cluster.addNode({ name: "deaf", ignoresHosts: true });
    for (const each of [PAUSE_IMAGE, `${REGISTRY}/oci-torrent:dev`]) {
      const pull = ["--namespace=k8s.io", "images", "pull", "--plain-http", each];
      await run(goProgram("ctr"), pull, { on: deaf });
    }
    const options = { on: cluster.theSwitch, port: PRIVATE_PORT, account: ACCOUNT };
    registry = await startRegistry(scope, options);
    image = await makeAppImage(tempDir(scope), { seed: "secret", dataMiB: 4 });
    await registry.push(image, "team/secret:1");
    await install(
      release,
      ...["--set", `registries.insecure={${REGISTRY},${PRIVATE}}`],
      ...["--set", "secrets.namespaces={default}"],
    );
  });

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;
  const condition = async (type: string) => {
    const { conditions = [] } = await distributionStatus(cluster, "secret");
    return conditions.find((each) => each.type === type);
  };

  it("has a node whose containerd pulls past hosts.toml", async () => {
    await runtimeOf(cluster.node("usual")).pull(SHELL_IMAGE);
    const pull = runtimeOf(cluster.node("deaf")).pull(SHELL_IMAGE);
    await assert.rejects(pull, /HTTP response to HTTPS client/);
  });

  it("brings one that needs a login to both, once the login is right, and says who can use it then", async () => {
    const secret = ["create", "secret", "docker-registry", "login", `--docker-server=${PRIVATE}`];
    const login = (password: string) => [
      ...secret,
      ...[`--docker-username=${ACCOUNT.username}`, `--docker-password=${password}`],
    ];
    await kubectl(...login("another"));
    const spec = { image: `${PRIVATE}/team/secret:1`, imagePullSecrets: [{ name: "login" }] };
    await distribute(cluster, "secret", spec);
    const why = "{.status.conditions[?(@.type=='Resolved')].reason}=Unauthorized";
    await kubectl("wait", "imgdist/secret", `--for=jsonpath=${why}`, "--timeout=60s");

    await kubectl("delete", "secret", "login");
    await kubectl(...login(ACCOUNT.password));
    await kubectl("annotate", "imgdist", "secret", "oci-torrent.io/refresh=now");
    await untilReady(cluster, "secret");
    const status = await distributionStatus(cluster, "secret");
    assert.equal(status.resolved?.access, "Credentialed");
    assert.equal(status.summary?.ready, "2/2");
    const readable = await condition("NodeWideReadable");
    assert.deepEqual([readable?.status, readable?.reason], ["True", "CredentialedImageLoaded"]);
    assert.match(readable?.message ?? "", /pod/);

    const lines = await runEverywhere(cluster, "secret", `${PRIVATE}/team/secret:1`);
    assert.deepEqual([...lines.keys()].sort(), ["deaf", "usual"]);
    for (const line of lines.values()) assert.equal(line, image.greeting);
    const told = await kubectl("get", "imgdist,nis,events", "-A", "-o", "yaml");
    assert.ok(!told.includes(ACCOUNT.password), "the password is in no object but its secret");
  });
});
