import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { until } from "../cluster/until.ts";
import type { Scope } from "../support/at-end.ts";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { lackingNodes, SHELL_IMAGE, startNodeCluster } from "./cluster.ts";
import { findTraces, livingNamespaces, machineState, namespacesOf } from "./traces.ts";

/** Acts in a scope that ends when it returns, whether it throws or not. */
async function inScope<Result>(act: (scope: Scope) => Promise<Result>): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  return await act({ after: (end) => stack.defer(end) });
}

// The kernel takes networks away when it finds the time, one after another, those of other tests among them.
const GONE_TIMEOUT_MS = 90_000;

const KINDS = ["process", "control group", "loop device"];

describe("the end of a cluster with nodes", { skip: lackingNodes() }, () => {
  it("leaves no trace on the machine", async (context) => {
    const before = machineState();
    const seen = await inScope(async (scope) => {
      const cluster = await startNodeCluster(scope, {
        nodes: [{ name: "new" }, { name: "old", runtime: "1.6" }],
      });
      const pods = ["create", "deployment", "pods", `--image=${SHELL_IMAGE}`, "--replicas=4"];
      await cluster.kubectl([...pods, "--", "sleep", "infinity"]);
      await cluster.kubectl(["rollout", "status", "deployment/pods", "--timeout=60s"]);
      const namespaces = cluster.nodes().flatMap(({ pid }) => namespacesOf(pid()));
      assert.equal(namespaces.length, 12, "six kinds on each of two nodes");
      assert.deepEqual(livingNamespaces(namespaces), namespaces);
      const traces = findTraces();
      for (const kind of KINDS)
        assert.ok(
          traces.some((line) => line.startsWith(kind)),
          kind,
        );
      return { namespaces, directory: dirname(cluster.kubeconfig) };
    });
    assert.deepEqual(findTraces(), []);
    // A process's last trace goes when the machine's first process has taken note of its end.
    await until("the namespaces are gone", GONE_TIMEOUT_MS, async () =>
      livingNamespaces(seen.namespaces).length === 0 ? true : undefined,
    );
    assert.deepEqual(machineState(), before);
    assert.ok(!existsSync(seen.directory), `${seen.directory} is still there`);

    // A mount that somebody left would be noticed.
    const planted = tempDir(context);
    await run(program("mount"), ["-t", "tmpfs", "tmpfs", planted]);
    try {
      assert.match(findTraces().join("\n"), new RegExp(`^mount .*${RegExp.escape(planted)}`));
    } finally {
      await run(program("umount"), [planted]);
    }
  });

  it("leaves none either when a node did not come up", async () => {
    const before = machineState();
    let seen: readonly string[] = [];
    const broken = inScope(async (scope) => {
      const cluster = await startNodeCluster(scope, { nodes: [{ name: "one" }] });
      seen = findTraces();
      // Its cable goes to where the first one's is.
      await cluster.addNode({ name: "one" });
    });
    await assert.rejects(broken, /File exists/);
    assert.ok(seen.some((line) => line.startsWith("control group")));
    assert.deepEqual(findTraces(), []);
    assert.deepEqual(machineState(), before);
  });
});
