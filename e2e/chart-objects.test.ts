// What the chart gives to a cluster: who runs as whom, who reaches what, and what values change of that.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { before, describe, it } from "node:test";
import { load } from "js-yaml";
import { CHARTS } from "../tools/go-programs.ts";
import { filesMatching } from "../tools/sources.ts";
import { TOP } from "../tools/top.ts";
import { suite } from "./support/at-end.ts";
import { goProgram, lackingGo } from "./support/go-programs.ts";
import { type Chart, type Rendered, render } from "./support/helm.ts";
import { run } from "./support/processes.ts";
import { nodeProgram, ourProgram } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

type Pod = { readonly owner: string; readonly spec: Rendered };
type Container = { readonly name: string; readonly container: Rendered; readonly pod: Rendered };

const WORKLOADS = new Set(["Deployment", "DaemonSet", "Job"]);

const podsOf = ({ all }: Chart): Pod[] =>
  all.flatMap(({ kind, metadata, spec }) => {
    const owner = `${kind}/${metadata.name}`;
    if (kind === "Pod") return [{ owner, spec }];
    return WORKLOADS.has(kind) ? [{ owner, spec: spec.template.spec }] : [];
  });

const containersOf = (chart: Chart): Container[] =>
  podsOf(chart).flatMap(({ owner, spec }) =>
    [...(spec.initContainers ?? []), ...spec.containers].map((container) => ({
      ...{ container, pod: spec, name: `${owner}/${container.name}` },
    })),
  );

const AGENT = "DaemonSet/oci-torrent-agent";
const CLEANUP = "DaemonSet/oci-torrent-cleanup";
const ROOT = [`${AGENT}/init-data`, `${AGENT}/runtime`, `${CLEANUP}/runtime`];

/** Names of the containers that mount a volume of which `is` holds. */
const mounting = (chart: Chart, is: (volume: Rendered) => boolean): string[] =>
  containersOf(chart)
    .filter(({ container, pod }) =>
      (container.volumeMounts ?? []).some((mount: Rendered) =>
        is((pod.volumes ?? []).find((volume: Rendered) => volume.name === mount.name)),
      ),
    )
    .map(({ name }) => name);

const hasToken = ({ projected }: Rendered) =>
  projected?.sources.some((source: Rendered) => source.serviceAccountToken !== undefined) ?? false;

/** The rules that are bound to a service account, whatever the binding's kind. */
const rulesOf = (chart: Chart, account: string): Rendered[] =>
  [...chart.kind("ClusterRoleBinding"), ...chart.kind("RoleBinding")]
    .filter(({ subjects }) => subjects.some(({ name }: Rendered) => name === account))
    .flatMap(({ roleRef }) => chart.one(roleRef.kind, roleRef.name).rules);

/** Asks the operator's own types. */
const taken = (monitor: Rendered, code = 0) =>
  run(goProgram("monitor-check"), [monitor.kind], {
    ...{ input: JSON.stringify(monitor), codes: [code] },
  });

const hasFlag = (help: string, flag: string) =>
  help.includes(`${flag} `) || help.includes(`${flag}, `);

describe("the chart's objects", { skip: lackingGo(CHARTS) }, () => {
  const scope = suite();
  let chart: Chart;
  let full: Chart;
  before(async () => {
    chart = await render(scope);
    full = await render(
      scope,
      ...["cleanup.data=true", "debug=true", "secrets.namespaces={team}"],
      ...["registries.insecure={registry.test:5000}", "registries.ca=-----BEGIN CERTIFICATE-----"],
      "registries.endpoints.docker\\.io[0].url=https://mirror.test",
    );
  });

  it("keep every container from what it does not need", () => {
    const containers = containersOf(full);
    assert.equal(containers.length, 9);
    for (const { name, container, pod } of containers) {
      const { securityContext, resources } = container;
      assert.equal(securityContext.allowPrivilegeEscalation, false, name);
      assert.equal(securityContext.readOnlyRootFilesystem, true, name);
      assert.deepEqual(securityContext.capabilities.drop, ["ALL"], name);
      assert.equal(securityContext.privileged, undefined, name);
      assert.ok(resources.limits.memory && resources.requests.memory, name);
      assert.equal(pod.securityContext.seccompProfile.type, "RuntimeDefault", name);
      assert.equal(pod.automountServiceAccountToken, false, name);
      assert.ok(!pod.hostPID && !pod.hostIPC, name);
    }
  });

  it("have root where it must be, without capabilities but to give the store away", () => {
    const containers = containersOf(full);
    const userOf = ({ container }: Container) => container.securityContext.runAsUser;
    const root = containers.filter((each) => userOf(each) !== 65_532);
    assert.deepEqual(root.map(({ name }) => name).sort(), ROOT);
    for (const { container } of containers.filter((each) => !root.includes(each))) {
      assert.equal(container.securityContext.runAsNonRoot, true);
    }
    const adding = containers.filter(({ container }) => container.securityContext.capabilities.add);
    assert.deepEqual(
      adding.map(({ name, container }) => [name, container.securityContext.capabilities.add]),
      [[`${AGENT}/init-data`, ["CHOWN"]]],
    );
  });

  it("show the runtime and its directory to the runtime container alone, and no token to it", () => {
    const inPath = (part: string) => (volume: Rendered) =>
      volume.hostPath?.path.includes(part) === true;
    const runtimes = [`${CLEANUP}/runtime`, `${AGENT}/runtime`];
    assert.deepEqual(mounting(full, inPath("containerd")).sort(), runtimes.sort());
    assert.deepEqual(mounting(full, hasToken).sort(), [
      `${AGENT}/agent`,
      "Deployment/oci-torrent-controller/controller",
      "Job/oci-torrent-cleanup/wait",
    ]);
    assert.deepEqual(mounting(full, inPath("/var/lib/oci-torrent")).sort(), [
      `${AGENT}/agent`,
      `${AGENT}/init-data`,
      `${CLEANUP}/data`,
    ]);
    for (const { spec } of podsOf(full)) {
      for (const { hostPath } of spec.volumes ?? []) {
        if (hostPath !== undefined) assert.match(hostPath.type, /^Directory(OrCreate)?$/);
      }
    }
    const { hostPath } = volumeOf(chart, "runtime");
    assert.deepEqual(hostPath, { path: "/run/containerd", type: "Directory" });
  });

  const volumeOf = (from: Chart, name: string) =>
    from
      .one("DaemonSet", "oci-torrent-agent")
      .spec.template.spec.volumes.find((volume: Rendered) => volume.name === name);

  const containerOf = (from: Chart, name: string): Rendered =>
    containersOf(from).find((each) => each.name === name)?.container;

  it("have no port on the runtime container, and the node's network for agents alone", () => {
    assert.equal(containerOf(chart, `${AGENT}/runtime`).ports, undefined);
    assert.equal(containerOf(chart, `${AGENT}/agent`).ports.length, 3);
    const onHost = podsOf(full).filter(({ spec }) => spec.hostNetwork === true);
    assert.deepEqual(
      onHost.map(({ owner }) => owner),
      [AGENT],
    );
  });

  it("let agents do nothing with secrets, and the controller read them by name", () => {
    const about = (rules: readonly Rendered[], resource: string) =>
      rules.filter(({ resources }) => resources.includes(resource)).flatMap(({ verbs }) => verbs);
    assert.deepEqual(about(rulesOf(full, "oci-torrent-agent"), "secrets"), []);
    assert.deepEqual(about(rulesOf(full, "oci-torrent-agent"), "nodeimagesets/status"), ["patch"]);
    const verbs = about(rulesOf(full, "oci-torrent-controller"), "secrets");
    assert.deepEqual([...new Set(verbs)].sort(), ["create", "get", "update"]);
    assert.doesNotMatch(JSON.stringify(full.all.map(({ rules }) => rules)), /"\*"/);
  });

  it("let the controller write nodes' conditions where values say so, and nothing else of nodes", async () => {
    const ofNodes = (from: Chart) =>
      rulesOf(from, "oci-torrent-controller")
        .filter(({ resources }) =>
          resources.some((resource: string) => resource.startsWith("nodes")),
        )
        .map(({ resources, verbs }) => [resources, verbs]);
    const seen = [["nodes"], ["get", "list", "watch"]];
    assert.deepEqual(ofNodes(chart), [seen]);
    const gated = await render(scope, "gate.condition=true");
    assert.deepEqual(ofNodes(gated), [seen, [["nodes/status"], ["patch"]]]);
    const args = (from: Chart) => JSON.stringify(from.kind("Deployment"));
    assert.deepEqual(
      [chart, gated].map((from) => args(from).includes("--node-condition")),
      [false, true],
    );
  });

  it("bind the reading of pull secrets where values say so", async () => {
    const bindings = (from: Chart) =>
      [...from.kind("RoleBinding"), ...from.kind("ClusterRoleBinding")]
        .filter(({ roleRef }) => roleRef.name === "oci-torrent-pull-secrets")
        .map(({ kind, metadata }) => [kind, metadata.namespace]);
    assert.deepEqual(bindings(chart), []);
    assert.deepEqual(bindings(full), [["RoleBinding", "team"]]);
    assert.deepEqual(bindings(await render(scope, "secrets.scope=Cluster")), [
      ["ClusterRoleBinding", undefined],
    ]);
  });

  it("are in the release's namespace, by everything that names it", () => {
    const scoped = chart.all.filter(({ metadata }) => metadata.namespace !== undefined);
    assert.ok(scoped.length > 10);
    for (const { kind, metadata } of scoped) assert.equal(metadata.namespace, "elsewhere", kind);
    const { args } = containerOf(chart, `${AGENT}/agent`);
    assert.ok(args.includes("--controller=oci-torrent-controller.elsewhere.svc:7443"));
    assert.ok(args.includes("--controller-name=oci-torrent-controller.elsewhere.svc"));
    const policy = chart.one("ValidatingAdmissionPolicy", "oci-torrent-agent-own-node");
    assert.match(policy.spec.matchConditions[0].expression, /serviceaccount:elsewhere:oci-torrent/);
    assert.doesNotMatch(JSON.stringify(chart.all), /oci-torrent\.svc|serviceaccount:oci-torrent:/);
  });

  it("start our programs with flags that they have", async () => {
    for (const { name, container } of containersOf(full)) {
      const bundle = /^\/opt\/oci-torrent\/(.+)\.mjs$/.exec(container.command[2])?.[1];
      if (bundle === undefined) continue;
      const words = container.args.filter((arg: string) => !arg.startsWith("-"));
      const help = await run(ourProgram(bundle as Parameters<typeof ourProgram>[0]), [
        ...[...words, "--help"],
      ]);
      for (const arg of container.args) {
        const [flag = ""] = arg.split("=");
        if (arg.startsWith("-")) assert.ok(hasFlag(help.stdout, flag), `${name}: ${arg}`);
      }
      const variables = (container.env ?? []).map((each: Rendered) => each.name);
      for (const variable of variables.filter((each: string) => each.startsWith("OCI_TORRENT_"))) {
        const flag = `--${variable.slice(12).toLowerCase().replaceAll("_", "-")}`;
        assert.ok(hasFlag(help.stdout, flag), `${name}: ${variable}`);
      }
    }
  });

  it("empty the store where that is asked for, and only then", async (context) => {
    const store = tempDir(context);
    mkdirSync(join(store, "blobs/sha256"), { recursive: true });
    writeFileSync(join(store, "blobs/sha256/a"), "");
    mkdirSync(join(store, "lost+found"));
    symlinkSync(join(TOP, "package.json"), join(store, "link"));
    const { args } = containerOf(full, `${CLEANUP}/data`);
    const [script = ""] = args;
    assert.match(script, /"\/var\/lib\/oci-torrent"/);
    const here = script.replaceAll("/var/lib/oci-torrent", store);
    await run(nodeProgram, ["--input-type=module", "--eval", here]);
    assert.deepEqual(readdirSync(store), ["lost+found"]);
    assert.ok(existsSync(join(TOP, "package.json")));
    assert.equal(containerOf(chart, `${CLEANUP}/data`), undefined);
  });

  it("take one image, by tag or by digest", async () => {
    const imagesOf = (from: Chart) => [
      ...new Set(containersOf(from).map(({ container }) => container.image)),
    ];
    assert.match(imagesOf(chart).join(), /^registry\.test\/oci-torrent:\d+\.\d+\.\d+$/);
    assert.deepEqual(imagesOf(await render(scope, "image.tag=dev")), [
      "registry.test/oci-torrent:dev",
    ]);
    const digest = `sha256:${"a".repeat(64)}`;
    assert.deepEqual(imagesOf(await render(scope, "image.tag=dev", `image.digest=${digest}`)), [
      `registry.test/oci-torrent@${digest}`,
    ]);
  });

  it("hold the custom resources as they are in crds/, kept unless values say otherwise", async () => {
    const definitions = chart.kind("CustomResourceDefinition");
    assert.equal(definitions.length, 2);
    for (const path of filesMatching("crds/*.yaml")) {
      const source = load(readFileSync(path, "utf8")) as Rendered;
      const found = chart.one("CustomResourceDefinition", source.metadata.name);
      assert.deepEqual(found.spec, source.spec, basename(path));
      assert.equal(found.metadata.annotations["helm.sh/resource-policy"], "keep");
    }
    const unkept = (await render(scope, "crds.keep=false")).kind("CustomResourceDefinition");
    assert.deepEqual(
      unkept.map(({ metadata }) => metadata.annotations),
      [undefined, undefined],
    );
    const without = await render(scope, "crds.enabled=false");
    assert.deepEqual(without.kind("CustomResourceDefinition"), []);
  });

  it("say numbers as they were written", async (context) => {
    const values = join(tempDir(context), "values.yaml");
    const text =
      "limits: {uploadRate: 50000000, downloadRate: 10MiB}\ntenantLimits: {maxPriority: -1}";
    writeFileSync(values, text);
    const given = await render(context, `--values=${values}`);
    const { args } = containerOf(given, `${AGENT}/agent`);
    for (const flag of ["--upload-rate=50000000", "--download-rate=10MiB"]) {
      assert.ok(args.includes(flag), args.join(" "));
    }
    const { data } = given.one("ConfigMap", "oci-torrent-tenant-limits");
    assert.deepEqual(data, { maxPriority: "-1" });
  });

  it("have a quota for a priority class once one is named", async () => {
    assert.deepEqual(chart.kind("ResourceQuota"), []);
    const named = await render(scope, "agent.priorityClassName=system-node-critical");
    const { spec } = named.one("ResourceQuota", "oci-torrent-priority-classes");
    assert.deepEqual(spec.scopeSelector.matchExpressions, [
      { scopeName: "PriorityClass", operator: "In", values: ["system-node-critical"] },
    ]);
    const agent = named.one("DaemonSet", "oci-torrent-agent").spec.template.spec;
    assert.equal(agent.priorityClassName, "system-node-critical");
  });

  it("are of kinds that every cluster has, unless monitors are asked for", async () => {
    const monitors = ({ all }: Chart) =>
      all.filter(({ apiVersion }) => apiVersion.startsWith("monitoring.coreos.com/"));
    assert.deepEqual(monitors(chart), []);
    const monitored = await render(
      scope,
      ...["metrics.serviceMonitor.enabled=true", "metrics.podMonitor.enabled=true"],
      "metrics.agent.host=0.0.0.0",
    );
    const [pods, services] = monitors(monitored);
    const service = monitored.one("Service", "oci-torrent-controller");
    const agents = monitored.one("DaemonSet", "oci-torrent-agent").spec.selector;
    assert.deepEqual(pods.spec.selector, agents);
    assert.equal(services.spec.endpoints[0].port, "metrics");
    for (const [label, value] of Object.entries(services.spec.selector.matchLabels)) {
      assert.equal(service.metadata.labels[label], value);
    }
    for (const monitor of [pods, services]) {
      await taken(monitor);
      const { spec, ...rest } = monitor;
      const misspelled = { ...rest, spec: { ...spec, selectors: spec.selector } };
      assert.match((await taken(misspelled, 1)).stderr, /unknown field "selectors"/);
    }
  });

  const places: Record<string, readonly [values: string[], socket: string, hosts: string]> = {
    "a plain cluster": [[], "/run/containerd", "/etc/containerd"],
    k3s: [
      ["--kube-version=v1.34.1+k3s1"],
      "/run/k3s/containerd",
      "/var/lib/rancher/k3s/agent/etc/containerd",
    ],
    RKE2: [
      ["--kube-version=v1.34.1+rke2r1"],
      "/run/k3s/containerd",
      "/var/lib/rancher/rke2/agent/etc/containerd",
    ],
    "one that values describe": [
      ["runtime.socket=/run/other/c.sock", "runtime.hostsDir=/etc/other/certs.d"],
      "/run/other",
      "/etc/other",
    ],
  };
  for (const [what, [values, socket, hosts]] of Object.entries(places)) {
    it(`look for the runtime of ${what} where it is`, async () => {
      const given = await render(scope, ...values);
      assert.equal(volumeOf(given, "runtime").hostPath.path, socket);
      assert.equal(volumeOf(given, "hosts").hostPath.path, hosts);
      const { args, volumeMounts } = containerOf(given, `${AGENT}/runtime`);
      const flag = (name: string) =>
        args.find((arg: string) => arg.startsWith(`--${name}=`)).split("=")[1];
      assert.ok(flag("runtime-socket").startsWith(`${socket}/`));
      assert.equal(flag("hosts-dir"), `${hosts}/certs.d`);
      const mounted = volumeMounts.map(({ mountPath }: Rendered) => mountPath);
      assert.deepEqual(mounted, ["/run/oci-torrent", socket, hosts]);
    });
  }

  it("leave out what values switch off", async () => {
    const less = await render(
      scope,
      ...["runtime.enabled=false", "cleanup.enabled=false", "networkPolicy.enabled=false"],
      "controller.pdb.enabled=false",
    );
    const containers = (from: Chart) => containersOf(from).map(({ name }) => name);
    assert.ok(containers(chart).includes(`${AGENT}/runtime`));
    assert.deepEqual(containers(less), [
      `${AGENT}/init-data`,
      `${AGENT}/agent`,
      "Deployment/oci-torrent-controller/controller",
      "Pod/oci-torrent-controller-answers/ask",
    ]);
    const { args } = containerOf(less, `${AGENT}/agent`);
    assert.doesNotMatch(args.join(" "), /runtime-helper/);
    for (const kind of ["NetworkPolicy", "PodDisruptionBudget"]) {
      assert.deepEqual([chart.kind(kind).length, less.kind(kind).length], [1, 0], kind);
    }
  });
});
