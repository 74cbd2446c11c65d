// Writes what follows from the chart and crds/: the chart's copies of the custom resources, and all of it as one file for
// `kubectl apply`.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildPrograms } from "./go-modules.ts";
import { moduleOf } from "./go-programs.ts";
import { TOP } from "./top.ts";

export const CHART = join(TOP, "deploy/chart/oci-torrent");
export const MANIFEST = join(TOP, "deploy/manifests/install.yaml");

const CRDS = join(TOP, "crds");

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

/** Names of files of `copies` that differ from those of `sources`; empty when all are the same. */
export function outdatedCrdCopies(sources = CRDS, copies = CRD_COPIES): string[] {
  const names = new Set([...readdirSync(sources), ...readdirSync(copies)]);
  const textOf = (directory: string, name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  return [...names].filter((name) => textOf(sources, name) !== textOf(copies, name));
}

function copyCrds(): void {
  rmSync(CRD_COPIES, { recursive: true, force: true });
  cpSync(CRDS, CRD_COPIES, { recursive: true });
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
