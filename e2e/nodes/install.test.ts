// The promise itself: helm install, one ImageDistribution, and pods that never pull run on every node.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { until } from "../cluster/until.ts";
import { suite } from "../support/at-end.ts";
import { tempDir } from "../support/temp.ts";
import { type AppImage, makeAppImage } from "./app-image.ts";
import { lackingNodes, type NodeCluster, REGISTRY, startNodeCluster } from "./cluster.ts";
import { distribute, distributionStatus, registryBytes, untilReady } from "./distributions.ts";
import type { ClusterNode } from "./node.ts";
import { podsOf, runEverywhere } from "./pods.ts";
import { networkSockets, processesOn, statusField } from "./processes.ts";
import { install, NAMESPACE, prepareRelease, type Release } from "./release.ts";
import { runtimeOf } from "./runtime-view.ts";

/** Nobody listens there. */
const DEAD = "http://127.0.0.1:9";
const UNDER_WAY_TIMEOUT_MS = 60_000;
const UNMOUNTED_TIMEOUT_MS = 30_000;

describe("oci-torrent installed in a cluster", { skip: lackingNodes() }, () => {
  const scope = suite();
  let cluster: NodeCluster;
  let release: Release;
  before(async () => {
    cluster = await startNodeCluster(scope);
    release = await prepareRelease(scope, cluster);
    await install(release);
  });

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;

  async function pushed(repository: string, seed: string, dataMiB?: number): Promise<AppImage> {
    const size = dataMiB === undefined ? {} : { dataMiB };
    const image = await makeAppImage(tempDir(scope), { seed, ...size });
    await cluster.registry.push(image, `${repository}:1`);
    cluster.registry.forgetRequests();
    return image;
  }

  async function assertInRuntimes(repository: string, { manifest }: AppImage): Promise<void> {
    const name = `${REGISTRY}/${repository}`;
    for (const node of cluster.nodes()) {
      const seen = await runtimeOf(node).imageStatus(`${name}:1`);
      assert.deepEqual(seen?.repoTags, [`${name}:1`], node.name);
      assert.deepEqual(seen?.repoDigests, [`${name}@${manifest.digest}`], node.name);
    }
  }

  it("brings an image to every node under the name that pods use, from the registry about once", async () => {
    const image = await pushed("team/app", "app");
    await distribute(cluster, "app", { image: `${REGISTRY}/team/app:1` });
    await untilReady(cluster, "app");
    const status = await distributionStatus(cluster, "app");
    assert.equal(status.summary?.ready, "3/3");
    assert.equal(status.resolved?.digest, image.manifest.digest);
    assert.match(await kubectl("get", "imgdist", "app"), /^app .* 3\/3 +100% .* Complete /m);
    await assertInRuntimes("team/app", image);

    const lines = await runEverywhere(cluster, "app", `${REGISTRY}/team/app:1`);
    const expected = cluster.nodes().map(({ name }) => [name, image.greeting]);
    assert.deepEqual([...lines].sort(), expected.sort());

    const bytes = registryBytes(cluster, "team/app");
    assert.ok(bytes >= image.bytes, `${bytes} of ${image.bytes} bytes`);
    assert.ok(bytes <= 1.05 * image.bytes, `${bytes} of ${image.bytes} bytes`);
  });

  it("runs what is new under that name once more, of a tag that pods always ask the registry for", async () => {
    const moved = await pushed("team/app", "moved", 1);
    const pod = ["run", "moved", `--image=${REGISTRY}/team/app:1`, "--restart=Never"];
    await kubectl(...pod, "--image-pull-policy=Always");
    await kubectl("wait", "pod/moved", "--for=condition=Ready", "--timeout=60s");
    assert.equal((await kubectl("logs", "moved")).trim(), moved.greeting);
    await kubectl("delete", "pod", "moved", "--grace-period=0", "--force");
  });

  describe("its agents", () => {
    const AGENT_CONTAINERS = ["agent", "runtime"] as const;
    const NO_CAPABILITY = "0000000000000000";

    it("are told to hold as little power as they need", async () => {
      const pods = await podsOf(cluster, NAMESPACE, "app.kubernetes.io/component=agent");
      assert.equal(pods.length, 3);
      for (const { spec } of pods) {
        assert.deepEqual(spec.securityContext?.["seccompProfile"], { type: "RuntimeDefault" });
        assert.equal(spec.automountServiceAccountToken, false);
        const [agent, runtime] = AGENT_CONTAINERS.map((name) =>
          spec.containers.find((container) => container.name === name),
        );
        const restricted = {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        };
        const user = (id: number) => ({ runAsUser: id, runAsGroup: id });
        assert.deepEqual(agent?.securityContext, {
          ...restricted,
          ...user(65532),
          runAsNonRoot: true,
        });
        assert.deepEqual(runtime?.securityContext, { ...restricted, ...user(0) });
        const mounts = runtime?.volumeMounts?.map(({ mountPath }) => mountPath).sort();
        const own = ["/etc/containerd", "/run/containerd", "/run/oci-torrent"];
        assert.deepEqual(mounts, own, "neither a token nor data");
        const socket = agent?.volumeMounts?.filter(({ mountPath }) =>
          mountPath.startsWith("/run/containerd"),
        );
        assert.deepEqual(socket, []);
      }
    });

    it("do hold no more, seen from the node", () => {
      for (const node of cluster.nodes()) {
        const [agent = 0, ...others] = processesOn(node, "/oci-torrentd.mjs");
        const [runtime = 0, ...more] = processesOn(node, "/oci-torrent-runtime.mjs");
        assert.deepEqual([...others, ...more], [], "one process each");
        for (const [pid, user] of [
          [agent, "65532"],
          [runtime, "0"],
        ] as const) {
          assert.equal(statusField(pid, "Uid").split("\t")[0], user);
          assert.equal(statusField(pid, "CapEff"), NO_CAPABILITY);
          assert.equal(statusField(pid, "CapBnd"), NO_CAPABILITY);
          assert.equal(statusField(pid, "NoNewPrivs"), "1");
          assert.equal(statusField(pid, "Seccomp"), "2");
        }
        assert.notDeepEqual(networkSockets(agent), [], "the agent does speak with others");
        assert.deepEqual(networkSockets(runtime), []);
      }
    });

    it("cannot do more, tried from inside", async () => {
      const [pod] = await podsOf(cluster, NAMESPACE, "app.kubernetes.io/component=agent");
      const node = (container: string, script: string) =>
        kubectl(
          ...["exec", "-n", NAMESPACE, pod?.metadata.name ?? "", "-c", container, "--"],
          ...["/usr/bin/node", "--input-type=module", "--eval", script],
        );
      const connect = `
        import { connect } from "node:net";
        connect("/run/containerd/containerd.sock")
          .on("connect", () => { console.log("connected"); process.exit(); })
          .on("error", ({ code }) => console.log(code));`;
      assert.equal((await node("agent", connect)).trim(), "ENOENT");
      assert.equal((await node("runtime", connect)).trim(), "connected");
      const write = `
        import { writeFileSync } from "node:fs";
        try { writeFileSync("/opt/oci-torrent/other", ""); } catch ({ code }) { console.log(code); }`;
      for (const container of AGENT_CONTAINERS)
        assert.equal((await node(container, write)).trim(), "EROFS");
      const tokens = `
        import { existsSync } from "node:fs";
        console.log(existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token"));`;
      assert.equal((await node("agent", tokens)).trim(), "true");
      assert.equal((await node("runtime", tokens)).trim(), "false");
    });
  });

  it("loads where the administrator sends every pull to a mirror that is dead", async () => {
    const defaults = ["node-1", "node-3"].map((name) =>
      cluster.node(name).path("/etc/containerd/certs.d/_default"),
    );
    for (const directory of defaults) {
      mkdirSync(directory);
      writeFileSync(`${directory}/hosts.toml`, `server = "${DEAD}"\n[host."${DEAD}"]\n`);
    }
    for (const name of ["node-1", "node-3"]) {
      const pull = runtimeOf(cluster.node(name)).pull("other.test/image:1");
      await assert.rejects(pull, /127\.0\.0\.1:9/, `${name} does send pulls there`);
    }
    const image = await pushed("team/second", "second", 2);
    await distribute(cluster, "second", { image: `${REGISTRY}/team/second:1` });
    await untilReady(cluster, "second");
    await assertInRuntimes("team/second", image);
  });

  it("fetches nothing again when it is upgraded in the middle", async () => {
    const image = await pushed("team/large", "large", 40);
    const limits = { downloadBytesPerSecond: "4Mi" };
    await distribute(cluster, "large", { image: `${REGISTRY}/team/large:1`, limits });
    await until("a third has come", UNDER_WAY_TIMEOUT_MS, async () => {
      const { bytes } = await distributionStatus(cluster, "large");
      return (bytes?.complete ?? 0) >= image.bytes ? true : undefined;
    });
    const agents = async () =>
      (await podsOf(cluster, NAMESPACE, "app.kubernetes.io/component=agent")).map(
        ({ metadata }) => metadata.name,
      );
    const before = await agents();
    assert.equal(before.length, 3);
    await release.helm([
      ...["upgrade", ...release.arguments, "--set", `image.digest=${release.digest}`],
      ...["--set", "image.pullPolicy=Always", "--set-string", "agent.podAnnotations.again=1"],
      ...["--set", "agent.updateStrategy.rollingUpdate.maxUnavailable=3"],
      ...["--wait", "--timeout=120s"],
    ]);
    const restarted = (await distributionStatus(cluster, "large")).summary;
    const after = await agents();
    assert.deepEqual([after.length, after.filter((name) => before.includes(name))], [3, []]);
    await untilReady(cluster, "large");
    await assertInRuntimes("team/large", image);
    const bytes = registryBytes(cluster, "team/large");
    assert.ok(bytes <= 1.05 * image.bytes, `${bytes} of ${image.bytes}; ${restarted?.progress}`);
  });

  it("leaves nothing on the nodes when it is uninstalled, but what it loaded and stored", async () => {
    await distribute(cluster, "app", {
      image: `${REGISTRY}/team/second:1`,
      runtime: { load: "Always", pin: "WhileWanted" },
    });
    await untilReady(cluster, "app");
    const pinned = async (node: string) =>
      (await runtimeOf(cluster.node(node)).images()).filter(
        ({ labels, name }) =>
          Boolean(labels["io.cri-containerd.pinned"]) && name.startsWith(`${REGISTRY}/team`),
      );
    assert.notDeepEqual(await pinned("node-1"), []);
    const hostsDirectories = (node: string) =>
      readdirSync(cluster.node(node).path("/etc/containerd/certs.d")).filter((name) =>
        name.startsWith("127.0.0.1"),
      );
    assert.notDeepEqual(hostsDirectories("node-1"), []);
    const { stdout } = await cluster.kubectl([
      ...["get", "pods", "-n", NAMESPACE, "-o", "jsonpath={.items[*].metadata.uid}"],
    ]);
    const pods = stdout.split(" ");
    const mountsOfPods = (node: ClusterNode) =>
      readFileSync(`/proc/${node.pid()}/mounts`, "utf8")
        .split("\n")
        .filter((mount) => pods.some((uid) => mount.includes(uid)));
    for (const node of cluster.nodes()) {
      assert.notDeepEqual(mountsOfPods(node), [], node.name);
      assert.notDeepEqual(processesOn(node, "/opt/oci-torrent/"), [], node.name);
    }

    await uninstall();
    for (const node of cluster.nodes()) {
      assert.deepEqual(processesOn(node, "/opt/oci-torrent/"), [], node.name);
      const images = await runtimeOf(node).images();
      assert.deepEqual(
        images.filter(({ name }) => name.startsWith("127.0.0.1")),
        [],
      );
      assert.deepEqual(await pinned(node.name), []);
      assert.deepEqual(hostsDirectories(node.name), []);
      await until(`${node.name} has unmounted all`, UNMOUNTED_TIMEOUT_MS, async () =>
        mountsOfPods(node).length === 0 ? true : undefined,
      );
      assert.ok(stored(node).length > 1, node.name);
    }
    // Its kubelets and runtimes are as before: pods of what was loaded still start.
    const lines = await runEverywhere(cluster, "after", `${REGISTRY}/team/second:1`);
    assert.equal(lines.size, 3);
  });

  it("takes what it stored away, too, where that was asked for", async () => {
    await install(release, "--set", "cleanup.data=true");
    for (const node of cluster.nodes()) assert.ok(stored(node).length > 1, node.name);
    await uninstall();
    for (const node of cluster.nodes()) assert.deepEqual(stored(node), ["lost+found"]);
  });

  /** On the node's own disk for it. */
  const stored = (node: ClusterNode) => readdirSync(node.path("/var/lib/oci-torrent"));

  async function uninstall(): Promise<void> {
    await release.helm(["uninstall", "oci-torrent", "-n", NAMESPACE, "--wait"]);
    await kubectl(...["wait", "--for=delete", "pods", "--all", "-n", NAMESPACE, "--timeout=60s"]);
  }
});
