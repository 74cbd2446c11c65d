// The controller as a program: what it says to whoever starts it wrongly.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "./support/processes.ts";
import { ourProgram } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const program = ourProgram("oci-torrent-controller");

describe("oci-torrent-controller", () => {
  it("names every mistake, a sentence each, and ends with 2", async (t) => {
    const args = ["--namespace", "A", "--kubeconfg", "x"];
    const env = { POD_IP: "", OCI_TORRENT_TRACKER_LISTEN: "here" };
    const { code, stdout, stderr } = await run(program, args, {
      ...{ codes: "any", env, cwd: tempDir(t) },
    });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.deepEqual(stderr.split("\n"), [
      '[oci-torrent-controller] unknown flag "--kubeconfg": did you mean --kubeconfig?',
      '[oci-torrent-controller] unexpected argument "x"',
      '[oci-torrent-controller] --namespace: "A" is not the name of a namespace',
      '[oci-torrent-controller] OCI_TORRENT_TRACKER_LISTEN: "here" is not HOST:PORT: write for example 0.0.0.0:6882',
      "`oci-torrent-controller --help` shows what can be said",
      "",
    ]);
  });

  it("says in one sentence why it cannot begin, and ends with 1", async (t) => {
    const kubeconfig = join(tempDir(t), "absent");
    const args = ["--advertise", "127.0.0.1", "--kubeconfig", kubeconfig];
    const { code, stderr } = await run(program, args, { codes: "any" });
    assert.equal(code, 1);
    const said = stderr.split("\n").filter((line) => line.startsWith("[oci-torrent-controller]"));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /could not read the kubeconfig .*absent: .*: name a kubeconfig/);
  });
});
