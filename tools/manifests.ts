// Writes what follows from the chart and crds/: the chart's copies of the custom resources, and all of it as one file for
// `kubectl apply`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildPrograms } from "./go-modules.ts";
import { moduleOf } from "./go-programs.ts";
import { filesMatching } from "./sources.ts";
import { TOP } from "./top.ts";

export const CHART = join(TOP, "deploy/chart/oci-torrent");
export const MANIFEST = join(TOP, "deploy/manifests/install.yaml");

/** A chart can only hold what is in its own directory. */
const CRD_COPIES = join(CHART, "files/crds");

const NAMESPACE = "oci-torrent";

const HEADER = `# All of oci-torrent for \`kubectl apply -f\`, as the chart in deploy/chart/oci-torrent gives it: \`npm run manifests\` writes
# this file. The image is to be replaced by one that the nodes can pull.
---
# Agents use the network and a directory of their node, which only the level "privileged" of pod security allows.
apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels:
    app.kubernetes.io/name: oci-torrent
    app.kubernetes.io/part-of: oci-torrent
    pod-security.kubernetes.io/enforce: privileged
`;

/** The text of the manifest. \`helm\` is the program's path. */
export function manifestBy(helm: string): string {
  const args = [
    ...["template", "oci-torrent", CHART, "--namespace", NAMESPACE, "--no-hooks"],
    // Another version of helm takes another cluster for granted.
    ...["--kube-version", "1.30.0", "--set", "image.repository=oci-torrent"],
  ];
  const text = execFileSync(helm, args, { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
  const rendered = text.replaceAll(/^# Source: .*\n/gm, "").replaceAll(/\n+(?=\n---|$)/g, "");
  return `${HEADER}${rendered}\n`;
}

/** Names of the chart's custom resources that differ from crds/; empty when all are the same. */
export function outdatedCrdCopies(): string[] {
  const sources = filesMatching("crds/*.yaml");
  const names = new Set([...sources.map((path) => basename(path)), ...readdirSync(CRD_COPIES)]);
  const textOf = (directory: string, name: string) => {
    try {
      return readFileSync(join(directory, name), "utf8");
    } catch {
      return undefined;
    }
  };
  return [...names].filter((name) => textOf(join(TOP, "crds"), name) !== textOf(CRD_COPIES, name));
}

function copyCrds(): void {
  rmSync(CRD_COPIES, { recursive: true, force: true });
  mkdirSync(CRD_COPIES, { recursive: true });
  for (const path of filesMatching("crds/*.yaml")) {
    writeFileSync(join(CRD_COPIES, basename(path)), readFileSync(path));
  }
}

function main(): void {
  copyCrds();
  const programs = buildPrograms(moduleOf("helm"));
  if (programs.state !== "built") {
    throw new Error(programs.state === "impossible" ? programs.why : "helm was not built");
  }
  writeFileSync(MANIFEST, manifestBy(programs.path("helm")));
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
