// What the README says of Kubernetes, run as it is written: only the registry's name is another, and it speaks plain HTTP.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { TOP } from "../../tools/top.ts";
import { suite } from "../support/at-end.ts";
import { tempDir } from "../support/temp.ts";
import { type AppImage, makeAppImage } from "./app-image.ts";
import { lackingNodes, type NodeCluster, REGISTRY, startNodeCluster } from "./cluster.ts";
import { runEverywhere } from "./pods.ts";
import { helmFor, makeOurImage, skopeoCopy } from "./release.ts";

const TIMEOUT_MS = 150_000;

/** The commands of the first block below a heading, as lists of words. */
function commandsBelow(heading: string): string[][] {
  const readme = readFileSync(join(TOP, "README.md"), "utf8");
  const block = readme.split(`## ${heading}\n`)[1]?.match(/^```\n([^`]*)^```/m)?.[1] ?? "";
  const lines = block
    .replaceAll(/\\\n\s*/g, "")
    .trim()
    .split("\n");
  return lines.map((line) => line.split(" "));
}

describe("the README's section on Kubernetes", { skip: lackingNodes() }, () => {
  const scope = suite();
  let cluster: NodeCluster;
  let image: AppImage;
  before(async () => {
    cluster = await startNodeCluster(scope);
    image = await makeAppImage(tempDir(scope), { seed: "busybox" });
    await cluster.registry.push(image, "library/busybox:1.37");
  });

  it("leads to an image on every node that pods run without a pull", async () => {
    const made = await makeOurImage(scope);
    const helm = helmFor(scope, cluster);
    const commands = commandsBelow("In Kubernetes").map((words) =>
      words.map((word) => word.replace("registry.example.com", REGISTRY)),
    );
    assert.deepEqual(
      commands.map(([name, verb]) => `${name} ${verb}`),
      ["skopeo copy", "helm install", "kubectl apply", "kubectl get"],
    );
    const [copy = [], install = [], apply = [], get = []] = commands;

    const [from = "", to = ""] = copy.slice(2);
    await skopeoCopy(cluster, from.replace("dist/", `${made}/`), to);
    const endpoints = { "docker.io": [{ url: `http://${REGISTRY}`, insecure: true }] };
    await helm(
      [
        ...install.slice(1).map((word) => word.replace("deploy/", `${TOP}/deploy/`)),
        ...["--set-json", `registries.endpoints=${JSON.stringify(endpoints)}`],
      ],
      { timeoutMs: TIMEOUT_MS },
    );
    await cluster.kubectl(apply.slice(1).map((word) => word.replace(/^deploy/, `${TOP}/deploy`)));

    // As it is written it goes on for ever, so what it shows is asked for once it is there.
    assert.equal(get.at(-1), "--watch");
    const wait = ["wait", "imgdist/busybox", "--for=condition=Ready", "--timeout=120s"];
    await cluster.kubectl(wait, { timeoutMs: TIMEOUT_MS });
    const { stdout } = await cluster.kubectl(get.slice(1, -1));
    assert.match(stdout, /^busybox +busybox:1\.37 +3\/3 +100% .* Complete /m);
    const lines = await runEverywhere(cluster, "busybox", "busybox:1.37");
    const expected = cluster.nodes().map(({ name }) => [name, image.greeting]);
    assert.deepEqual([...lines].sort(), expected.sort());
  });
});
