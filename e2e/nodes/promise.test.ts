// What users are promised, by kubectl and helm alone: in the cluster that KUBECONFIG names, or in one of our own.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { GIVEN } from "../../tools/given-cluster.ts";
import { TOP } from "../../tools/top.ts";
import { until } from "../cluster/until.ts";
import { atEnd, suite } from "../support/at-end.ts";
import { lackingNodes } from "./cluster.ts";
import { distribute, distributionStatus, untilReady } from "./distributions.ts";
import { aPromiseCluster, type PromiseCluster } from "./given-cluster.ts";
import { podsOf, runEverywhere } from "./pods.ts";
import { helmFor, NAMESPACE } from "./release.ts";

const RELEASE = "oci-torrent";
const CHART = join(TOP, "deploy/chart/oci-torrent");
/** Others' registries are far away. */
const READY_TIMEOUT_S = 600;
const GONE_TIMEOUT_MS = 120_000;

describe("an image in a cluster of any kind", { skip: lackingNodes(), timeout: 1_200_000 }, () => {
  const scope = suite();
  let cluster: PromiseCluster;
  before(async () => {
    cluster = await aPromiseCluster(scope, process.env);
  });

  it("is on every node before pods that never pull it, and nothing of us stays", async (t) => {
    const helm = helmFor(t, cluster);
    const sets = cluster.values.flatMap((value) => ["--set", value]);
    const place = ["--namespace", NAMESPACE, "--wait", "--timeout=120s"];
    await helm(["install", RELEASE, CHART, "--create-namespace", ...place, ...sets]);
    atEnd(t, async () => {
      await helm(["uninstall", RELEASE, ...place, "--ignore-not-found"]);
      // The chart keeps them for people's objects, and nobody has any here.
      const crds = ["delete", "-f", join(TOP, "crds"), "--ignore-not-found"];
      await cluster.kubectl([...crds, "--timeout=60s"]);
    });
    await distribute(cluster, "promise", { image: cluster.app });
    await untilReady(cluster, "promise", READY_TIMEOUT_S);
    const { summary } = await distributionStatus(cluster, "promise");
    assert.match(summary?.ready ?? "", /^([1-9]\d*)\/\1$/);

    const command = ["/bin/sh", "-c", "echo it runs; exec sleep 1000000"];
    const lines = await runEverywhere(cluster, "promise", cluster.app, command);
    assert.ok(lines.size > 0);
    assert.deepEqual(new Set(lines.values()), new Set(["it runs"]));

    const ours = () => podsOf(cluster, NAMESPACE, "app.kubernetes.io/part-of=oci-torrent");
    assert.ok((await ours()).length > 0);
    await cluster.kubectl(["delete", "imgdist", "promise", "--timeout=60s"]);
    await helm(["uninstall", RELEASE, ...place]);
    await until("our pods are gone", GONE_TIMEOUT_MS, async () =>
      (await ours()).length === 0 ? true : undefined,
    );
  });

  it("needs to know where the nodes of a given cluster find ours", async (t) => {
    const { kubeconfig } = cluster;
    const without = aPromiseCluster(t, { [GIVEN.kubeconfig]: kubeconfig });
    await assert.rejects(without, /name the image .* in OCI_TORRENT_E2E_IMAGE/);
    const named = { [GIVEN.kubeconfig]: kubeconfig, [GIVEN.image]: "registry.example:5000/ours:1" };
    const { values } = await aPromiseCluster(t, named);
    assert.deepEqual(values, ["image.repository=registry.example:5000/ours", "image.tag=1"]);
  });
});
