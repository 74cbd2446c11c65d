// npm run e2e:kind: the promise of e2e/nodes/promise.test.ts in a kind cluster of its own, for people with docker.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONSENT_NAMESPACE, GIVEN } from "./given-cluster.ts";
import { TOP } from "./top.ts";

const CLUSTER = "oci-torrent-e2e";
const IMAGE = "oci-torrent.test/oci-torrent:e2e";
const NEEDED = {
  docker: "https://docs.docker.com/engine/install",
  kind: "https://kind.sigs.k8s.io",
  kubectl: "https://kubernetes.io/docs/tasks/tools",
};

class Failed extends Error {}

function run(program: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status, error } = spawnSync(program, args, {
    cwd: TOP,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status === 0) return;
  const why = error?.message ?? `exit code ${status}`;
  throw new Failed(`could not run ${program} ${args.slice(0, 2).join(" ")}: ${why}`);
}

function refuseWithout(): void {
  for (const [program, where] of Object.entries(NEEDED)) {
    const { error } = spawnSync(program, ["version"], { stdio: "ignore" });
    if (error !== undefined) {
      throw new Failed(
        `could not make a kind cluster: ${program} is missing: install it (${where})`,
      );
    }
  }
}

function prove(kubeconfig: string): void {
  const env = { KUBECONFIG: kubeconfig };
  const config = ["--config", "kind-config.yaml", "--kubeconfig", kubeconfig, "--wait", "120s"];
  run("kind", ["create", "cluster", "--name", CLUSTER, ...config]);
  run("docker", ["build", "--file", "deploy/image/Dockerfile", "--tag", IMAGE, "dist/rootfs"]);
  run("kind", ["load", "docker-image", IMAGE, "--name", CLUSTER]);
  run("kubectl", ["create", "namespace", CONSENT_NAMESPACE], env);
  run("npm", ["test", "--", "e2e/nodes/promise.test.ts"], { ...env, [GIVEN.image]: IMAGE });
}

// Whoever is interrupted below says so itself; what it has made goes all the same.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
const directory = mkdtempSync(join(tmpdir(), "oci-torrent-kind-"));
try {
  refuseWithout();
  run("npm", ["run", "image"]);
  try {
    prove(join(directory, "kubeconfig"));
  } finally {
    run("kind", ["delete", "cluster", "--name", CLUSTER]);
  }
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  console.error(`[oci-torrent] ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true });
}
