import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ImageDistributionSpec, ImageDistributionStatus } from "../../api/index.ts";
import { formatReference } from "../../oci/index.ts";
import { aSpec, KEY } from "../testing/a-world.ts";
import { questionOf, sameness } from "./image-question.ts";

const NOT_YET: ImageDistributionStatus = { observedGeneration: -1 };

const ask = (
  spec: Partial<ImageDistributionSpec> = {},
  platforms: readonly string[] = [],
  status: ImageDistributionStatus = NOT_YET,
  refresh?: string,
) => {
  const distribution = { key: KEY, uid: "uid-1", generation: 1, isDeleted: false } as const;
  return questionOf(
    { ...distribution, spec: aSpec(spec), problem: undefined, refresh },
    status,
    platforms,
  );
};

describe("the question about a distribution's image", () => {
  it("has all that its answer depends on", () => {
    const question = ask({
      image: "busybox",
      imagePullSecrets: [{ name: "a" }, { name: "b" }],
      serviceAccountName: "builder",
    });
    assert.deepEqual(
      { ...question, reference: formatReference(question.reference) },
      {
        namespace: "team",
        imagePullSecrets: ["a", "b"],
        serviceAccountName: "builder",
        reference: "docker.io/library/busybox:latest",
        refresh: undefined,
        wanted: { of: "nodes", platforms: [] },
        before: undefined,
      },
    );
  });

  it("asks for the platforms of the spec, else for those of the nodes, each once", () => {
    const nodes = ["linux/arm64", "linux/amd64", "linux/arm64"];
    assert.deepEqual(ask({}, nodes).wanted, {
      of: "nodes",
      platforms: ["linux/amd64", "linux/arm64"],
    });
    const platforms = ["linux/s390x"];
    assert.deepEqual(ask({ platforms }, nodes).wanted, { of: "spec", platforms });
  });

  it("is the same for nodes in another order, and another with another secret or refresh", () => {
    const nodes = ["linux/arm64", "linux/amd64"];
    const one = sameness(ask({}, nodes));
    assert.equal(sameness(ask({}, nodes.toReversed())), one);
    const others = [
      ask({}, ["linux/amd64"]),
      ask({}, nodes, NOT_YET, "1"),
      ask({ imagePullSecrets: [{ name: "a" }] }, nodes),
      ask({ serviceAccountName: "a" }, nodes),
      ask({ image: "busybox:2" }, nodes),
      ask({ platforms: nodes }),
    ];
    assert.equal(new Set([one, ...others.map(sameness)]).size, others.length + 1);
  });
});
