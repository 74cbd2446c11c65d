// The chart's life in a cluster: installed, changed and removed. No node runs here, so what kubelets would do the test does.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { CHARTS } from "../../tools/go-programs.ts";
import { CHART } from "../../tools/manifests.ts";
import { TOP } from "../../tools/top.ts";
import { suite } from "../support/at-end.ts";
import { lackingGo } from "../support/go-programs.ts";
import { helm, helmHome, helmProgram } from "../support/helm.ts";
import { type RunOptions, start } from "../support/processes.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const NAMESPACE = "oci-torrent";
const SOON_MS = 60_000;
const CRDS = join(TOP, "crds");
const OURS = ["-l", "app.kubernetes.io/part-of=oci-torrent"];
/** What an installation has, by kind, besides custom resource definitions. */
const KINDS = [
  ...["deployments", "daemonsets", "services", "serviceaccounts", "configmaps", "jobs", "roles"],
  ...["rolebindings", "clusterroles", "clusterrolebindings", "networkpolicies", "flowschemas"],
  ...["prioritylevelconfigurations", "poddisruptionbudgets", "validatingadmissionpolicies"],
  "validatingadmissionpolicybindings",
];

describe("the chart in a cluster", {
  skip: lackingCluster() || lackingGo(CHARTS),
}, () => {
  const scope = suite();
  let cluster: OwnCluster;
  before(async () => {
    cluster = await anOwnCluster(scope);
    // The chart brings them.
    await cluster.kubectl(["delete", "--ignore-not-found", "--wait", "-f", CRDS]);
  });

  const environment = () => ({ KUBECONFIG: cluster.kubeconfig });
  const helmHere = (args: readonly string[], options: RunOptions = {}) =>
    helm(scope, [...args, "--namespace", NAMESPACE], { ...options, env: environment() });
  const install = (...args: readonly string[]) =>
    helmHere([
      ...["install", "oci-torrent", CHART, "--create-namespace"],
      ...["--set", "image.repository=registry.test/oci-torrent", ...args],
    ]);
  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout.trim();
  const get = (...args: readonly string[]) => kubectl("get", "--ignore-not-found", ...args);
  const ours = async () =>
    (await get(KINDS.join(","), "-A", ...OURS, "-o", "name")).split("\n").filter(Boolean);

  it("leaves nothing after a dry run on the server", async () => {
    const { stdout } = await install("--dry-run=server");
    assert.match(stdout, /^kind: DaemonSet$/m);
    assert.deepEqual(await ours(), []);
    assert.equal(await get("namespace", NAMESPACE), "");
  });

  it("is accepted by the server word for word, and warned of nothing", async () => {
    await kubectl("create", "namespace", NAMESPACE);
    const { stdout: text } = await helmHere([
      ...["template", CHART, "--set", "image.repository=registry.test/oci-torrent"],
    ]);
    const strictly = [
      "create",
      "-n",
      NAMESPACE,
      "--dry-run=server",
      "--validate=strict",
      "-f",
      "-",
    ];
    const { stderr } = await cluster.kubectl(strictly, { input: text });
    assert.doesNotMatch(stderr, /warning/i);
    const misspelled = text.replace("automountServiceAccountToken:", "automountToken:");
    const wrong = await cluster.kubectl(strictly, { input: misspelled, codes: [1] });
    assert.match(wrong.stderr, /unknown field .+automountToken/);
  });

  it("keeps the controller to what the level restricted of pod security allows", async () => {
    const level = (name: string) =>
      kubectl("label", "namespace", NAMESPACE, `pod-security.kubernetes.io/warn=${name}`);
    await level("restricted");
    const warned = async (kind: string) => {
      const { stdout: text } = await helmHere([
        ...["template", CHART, "--set", "image.repository=registry.test/oci-torrent"],
        ...["--show-only", `templates/${kind}.yaml`],
      ]);
      const args = ["create", "-n", NAMESPACE, "--dry-run=server", "-f", "-"];
      return (await cluster.kubectl(args, { input: text })).stderr;
    };
    assert.equal(await warned("controller"), "");
    assert.match(await warned("agent"), /would violate PodSecurity "restricted:latest"/);
    await kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/warn-");
  });

  it("is installed, and says what comes next", async () => {
    const { stdout } = await install();
    assert.match(
      stdout,
      /rollout status deployment\/oci-torrent-controller daemonset\/oci-torrent-a/,
    );
    const [, manifest = ""] = /kubectl apply -f - <<'EOF'\n([\s\S]+?)\n +EOF/.exec(stdout) ?? [];
    assert.match(stdout, /kubectl get imagedistributions -n default --watch/);
    const input = manifest.replaceAll(/^ {5}/gm, "");
    await cluster.kubectl(["apply", "-f", "-"], { input });
    assert.equal(await get("imgdist", "busybox", "-o", "name"), `${DISTRIBUTION}`);
    assert.deepEqual(
      (await ours()).filter((name) => /^(deployment|daemonset)/.test(name)),
      ["deployment.apps/oci-torrent-controller", "daemonset.apps/oci-torrent-agent"],
    );
  });
  const DISTRIBUTION = "imagedistribution.oci-torrent.io/busybox";

  it("gives the agents a share of the API server of their own", async () => {
    const { stderr } = await cluster.kubectl([
      ...["get", "nodeimagesets", "-v=8"],
      ...["--as", `system:serviceaccount:${NAMESPACE}:oci-torrent-agent`],
    ]);
    const uid = await get("flowschema", "oci-torrent-agents", "-o", "jsonpath={.metadata.uid}");
    assert.match(stderr, new RegExp(`X-Kubernetes-Pf-Flowschema-Uid: "?${uid}`, "i"));
    const admin = await cluster.kubectl(["get", "nodeimagesets", "-v=8"]);
    assert.doesNotMatch(admin.stderr, new RegExp(uid));
  });

  it("is changed by an upgrade", async () => {
    const replicas = () =>
      get(
        ...["deployment", "oci-torrent-controller", "-n", NAMESPACE],
        ...["-o", "jsonpath={.spec.replicas}"],
      );
    assert.equal(await replicas(), "2");
    await helmHere([
      ...["upgrade", "oci-torrent", CHART, "--reuse-values"],
      ...["--set", "controller.replicas=3,tenantLimits.maxPriority=-1"],
    ]);
    assert.equal(await replicas(), "3");
    const again = (name: string) => ({
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name },
      spec: { image: "busybox" },
    });
    const create = (name: string) =>
      cluster.kubectl(["create", "--dry-run=server", "-f", "-"], {
        input: JSON.stringify(again(name)),
        codes: "any",
      });
    await until("the new limit holds", SOON_MS, async () =>
      (await create("high")).stderr.includes("is more than -1") ? true : undefined,
    );
  });

  it("is removed but for its definitions and what people have made, once every node is cleaned up", async () => {
    const args = ["uninstall", "oci-torrent", "--namespace", NAMESPACE];
    const env = { ...helmHome(scope), ...environment() };
    const uninstall = start(scope, helmProgram(), args, { env });
    await kubectl("wait", "--for=create", "job/oci-torrent-cleanup", "-n", NAMESPACE);
    assert.deepEqual(
      (await ours()).filter((name) => name.startsWith("daemonset")),
      ["daemonset.apps/oci-torrent-cleanup"],
    );
    await complete("oci-torrent-cleanup");
    assert.equal((await uninstall.exit).code, 0, uninstall.stderr());
    assert.deepEqual(await ours(), []);
    assert.equal(await get("imgdist", "busybox", "-o", "name"), DISTRIBUTION);
  });

  /** Has a job look as it does when its pod has ended well. */
  async function complete(job: string): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+/, "");
    const condition = { status: "True", lastTransitionTime: now, lastProbeTime: now };
    const conditions = ["SuccessCriteriaMet", "Complete"].map((type) => ({ type, ...condition }));
    const status = { conditions, startTime: now, completionTime: now, succeeded: 1 };
    await kubectl(
      ...["patch", "job", job, "-n", NAMESPACE, "--subresource=status", "--type=merge"],
      ...["-p", JSON.stringify({ status })],
    );
  }

  it("is installed again over what has stayed", async () => {
    await install("--set", "crds.keep=false");
    assert.equal(await get("imgdist", "busybox", "-o", "name"), DISTRIBUTION);
    await helmHere(["uninstall", "oci-torrent", "--no-hooks"]);
    assert.deepEqual(await ours(), []);
    await until("the definitions are gone", SOON_MS, async () =>
      (await get("crds", ...OURS, "-o", "name")) === "" ? true : undefined,
    );
  });
});
