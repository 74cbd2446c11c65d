// The chart as a file: it is clean, refuses values that say nothing, and is where the manifest comes from.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CHARTS } from "../tools/go-programs.ts";
import { CHART, MANIFEST, manifestBy } from "../tools/manifests.ts";
import { lackingGo } from "./support/go-programs.ts";
import { helm, helmProgram, render, template } from "./support/helm.ts";
import { tempDir } from "./support/temp.ts";

const IMAGE = ["--set", "image.repository=registry.test/oci-torrent"];

describe("the chart", { skip: lackingGo(CHARTS) }, () => {
  it("is clean to helm lint", async (context) => {
    const { stdout, stderr } = await helm(context, ["lint", "--strict", CHART, ...IMAGE]);
    assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    assert.doesNotMatch(stdout + stderr, /WARN|ERROR/);

    const broken = join(tempDir(context), "oci-torrent");
    cpSync(CHART, broken, { recursive: true });
    appendFileSync(join(broken, "templates/agent.yaml"), "  - {{ .Values.nothing.more }}\n");
    const { stdout: told } = await helm(context, ["lint", "--strict", broken, ...IMAGE], {
      codes: [1],
    });
    assert.match(told, /ERROR\] templates/);
  });

  it("needs to be told which image", async (context) => {
    const { stderr } = await template(context, ["image.repository="], { codes: [1] });
    assert.match(
      stderr,
      /image\.repository is empty: push dist\/image .+ --set image\.repository=/,
    );
    await template(context, []);
  });

  it("refuses a server that is too old", async (context) => {
    const { stderr } = await template(context, ["--kube-version=1.29.9"], { codes: [1] });
    assert.match(stderr, /requires kubeVersion: >=1\.30\.0-0/);
    await template(context, ["--kube-version=1.30.0"]);
  });

  const refused: Record<string, readonly [wrong: string, says: RegExp, right: string]> = {
    "a misspelled key": [
      "image.tagg=dev",
      /'\/image': additional properties 'tagg' not allowed/,
      "image.tag=dev",
    ],
    "a word that is none of its words": [
      "image.pullPolicy=Sometimes",
      /'\/image\/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'/,
      "image.pullPolicy=Never",
    ],
    "a way to load that there is not": [
      "runtime.load=Magic",
      /'\/runtime\/load': value must be one of 'auto', 'Loopback', 'Import', 'StoreOnly'/,
      "runtime.load=StoreOnly",
    ],
    "a port out of range": [
      "swarm.ports.peer=65536",
      /'\/swarm\/ports\/peer': maximum: got 65,?536, want 65,?535/,
      "swarm.ports.peer=65535",
    ],
    "a store that is a whole disk": [
      "store.hostPath=/",
      /'\/store\/hostPath': '\/' does not match pattern/,
      "store.hostPath=/data/oci-torrent",
    ],
    "a store elsewhere than it looks": [
      "store.hostPath=/data/../etc",
      /'\/store\/hostPath': .+ does not match pattern/,
      "store.hostPath=/data/etc",
    ],
    "a socket by a relative path": [
      "runtime.socket=run/containerd.sock",
      /'\/runtime\/socket': 'run\/containerd\.sock' does not match pattern/,
      "runtime.socket=/run/containerd/containerd.sock",
    ],
    "a registry's URL": [
      "registries.insecure={http://registry.test}",
      /'\/registries\/insecure\/0': 'http:\/\/registry\.test' does not match pattern/,
      "registries.insecure={registry.test:5000}",
    ],
    "a negative rate": [
      "limits.uploadRate=-1",
      /'\/limits\/uploadRate': minimum: got -1, want 0/,
      "limits.uploadRate=50MB",
    ],
    "no controller": [
      "controller.replicas=0",
      /'\/controller\/replicas': minimum: got 0, want 1/,
      "controller.replicas=1",
    ],
    "a limit of tenants that there is not": [
      "tenantLimits.maxPrio=5",
      /invalid propertyName 'maxPrio'/,
      "tenantLimits.team-a\\.maxPriority=5",
    ],
    "a monitor of what listens to its own node alone": [
      "metrics.podMonitor.enabled=true",
      /metrics\.podMonitor\.enabled needs metrics\.agent\.host: 0\.0\.0\.0, since/,
      "metrics.podMonitor.enabled=true,metrics.agent.host=0.0.0.0",
    ],
  };
  for (const [what, [wrong, says, right]] of Object.entries(refused)) {
    it(`refuses ${what}`, async (context) => {
      const { stderr } = await template(context, [wrong], { codes: [1] });
      assert.match(stderr, says);
      await template(context, [right]);
    });
  }

  it("is what the manifest comes from: else `npm run manifests` writes it anew", async (context) => {
    assert.equal(readFileSync(MANIFEST, "utf8"), manifestBy(helmProgram()));
    const { all } = await render(context, "--no-hooks");
    assert.equal(readFileSync(MANIFEST, "utf8").match(/^kind: /gm)?.length, all.length + 1);
  });
});
