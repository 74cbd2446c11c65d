import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runClusterCommand as cluster } from "../cluster/run-command.ts";
import { atEnd } from "../support/at-end.ts";
import { goProgram } from "../support/go-programs.ts";
import { run } from "../support/processes.ts";
import { tempDir } from "../support/temp.ts";
import { lackingNodes, SHELL_IMAGE } from "./cluster.ts";

describe("npm run cluster", { skip: lackingNodes() }, () => {
  it("with --nodes runs pods", async (context) => {
    const state = tempDir(context);
    // Before the directory goes that says what is up.
    atEnd(context, async () => void (await cluster(["down"], state)));
    const { stdout } = await cluster(["up", "--nodes", "1"], state);
    const [, kubeconfig = ""] = /^export KUBECONFIG=(.+)$/m.exec(stdout) ?? [];
    const [, registry = ""] = /^export REGISTRY=(\S+) /m.exec(stdout) ?? [];
    const tags = await fetch(`http://${registry}/v2/shell/tags/list`);
    assert.deepEqual(await tags.json(), { name: "shell", tags: ["1"] });
    const pod = ["run", "pod", `--image=${SHELL_IMAGE}`, "--restart=Never", "--attach", "--quiet"];
    const said = await run(goProgram("kubectl"), [...pod, "--", "-c", "echo hello"], {
      env: { KUBECONFIG: kubeconfig },
    });
    assert.match(said.stdout, /^hello$/m);
    const other = await cluster(["up"], state, { codes: [1] });
    assert.match(other.stderr, /a cluster with 1 nodes is up: take it down first/);
  });
});
