import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { type RunOptions, run } from "../support/processes.ts";
import { tempDir } from "../support/temp.ts";
import { controlPlaneProgram, lackingCluster } from "./programs.ts";
import { runClusterCommand as cluster } from "./run-command.ts";

const serverOf = (kubeconfig: string, options: RunOptions = {}) =>
  run(controlPlaneProgram("kubectl"), ["get", "--raw", "/readyz"], {
    ...options,
    env: { KUBECONFIG: kubeconfig },
  });

describe("npm run cluster", { skip: lackingCluster() }, () => {
  it("up gives a cluster that stays, and down takes it away", async (context) => {
    const state = tempDir(context);
    context.after(() => cluster(["down"], state));
    const { stdout } = await cluster(["up"], state);
    const [, kubeconfig = ""] = /^export KUBECONFIG=(.+)$/m.exec(stdout) ?? [];
    assert.equal((await serverOf(kubeconfig)).stdout, "ok");
    assert.equal((await cluster(["up"], state)).stdout, stdout, "the same cluster again");

    await cluster(["down"], state);
    assert.ok(!existsSync(kubeconfig), `${kubeconfig} is still there`);
    assert.match((await cluster(["down"], state)).stdout, /no cluster is up/);
  });

  it("shell has a cluster for as long as the shell runs", async (context) => {
    const state = tempDir(context);
    const input = "kubectl get --raw /readyz\necho\necho $KUBECONFIG\nexit 3\n";
    const { stdout } = await cluster(["shell"], state, { input, codes: [3] });
    const [ready, kubeconfig = ""] = stdout.split("\n");
    assert.equal(ready, "ok");
    assert.match(kubeconfig, /admin\.kubeconfig$/);
    assert.ok(!existsSync(kubeconfig), `${kubeconfig} is still there`);
  });

  it("anything else is explained", async (context) => {
    const { stderr } = await cluster(["sideways"], tempDir(context), { codes: [2] });
    assert.match(stderr, /usage: npm run cluster -- up\|down\|shell \[--nodes 0\.\.9\]/);
  });
});
