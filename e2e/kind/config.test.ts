import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { KIND } from "../../tools/go-programs.ts";
import { TOP } from "../../tools/top.ts";
import { goProgram, lackingGo } from "../support/go-programs.ts";
import { type RunOptions, run } from "../support/processes.ts";

const text = readFileSync(join(TOP, "kind-config.yaml"), "utf8");

const decode = (input: string, options: RunOptions = {}) =>
  run(goProgram("kind-config"), [], { ...options, input });

type Node = {
  readonly role: string;
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
};

describe("kind-config.yaml", { skip: lackingGo(KIND) }, () => {
  it("is what kind understands, and makes a control plane and three nodes in two zones", async () => {
    const { name, nodes } = JSON.parse((await decode(text)).stdout) as {
      readonly name: string;
      readonly nodes: readonly Node[];
    };
    assert.equal(name, "oci-torrent");
    const ZONE = "topology.kubernetes.io/zone";
    assert.deepEqual(
      nodes.map(({ role, labels }) => [role, labels?.[ZONE]]),
      [
        ["control-plane", undefined],
        ["worker", "a"],
        ["worker", "a"],
        ["worker", "b"],
      ],
    );
    for (const { image } of nodes) assert.match(image, /^kindest\/node:v1\.\d+\.\d+@sha256:/);
  });

  const refused = {
    "a key that kind does not know": [text.replace("labels:", "label:"), /field label not found/],
    "another version": [text.replace("v1alpha4", "v1alpha9"), /not a Cluster of kind\.x-k8s\.io/],
  } as const;
  for (const [what, [changed, says]] of Object.entries(refused)) {
    it(`would be refused with ${what}`, async () => {
      assert.match((await decode(changed, { codes: [1] })).stderr, says);
    });
  }
});
