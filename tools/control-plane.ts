// Builds the programs of a Kubernetes control plane from their Go modules, and keeps them in the user's cache directory: the
// cluster tests need them, no Debian package has them, and building them takes minutes once.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { TOP } from "./top.ts";

const MODULE = join(TOP, "e2e/cluster/control-plane");
const OLDEST_GO = { major: 1, minor: 26 };
const UNUSED_DAYS = 14;

const KUBERNETES = "k8s.io/kubernetes";
const VERSION_PACKAGE = "k8s.io/component-base/version";

/** Programs by the package that they are built from. */
const PACKAGES = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": `${KUBERNETES}/cmd/kube-apiserver`,
  "kube-controller-manager": `${KUBERNETES}/cmd/kube-controller-manager`,
  kubectl: `${KUBERNETES}/cmd/kubectl`,
  /** Ours: what other tools make of an object's status. */
  kstatus: "./kstatus",
} as const;

export type ControlPlaneProgram = keyof typeof PACKAGES;

/** Never another version of Go than the one that is installed: that would be fetched from the network. */
const ENVIRONMENT = { GOTOOLCHAIN: "local", CGO_ENABLED: "0", GOWORK: "off" };

function go(args: readonly string[], stderr: "ignore" | "inherit" = "ignore") {
  return spawnSync("go", args, {
    cwd: MODULE,
    env: { ...process.env, ...ENVIRONMENT },
    encoding: "utf8",
    stdio: ["ignore", "pipe", stderr],
  });
}

/** "go1.26.8"; undefined without Go. */
function installedGo(): string | undefined {
  const { status, stdout } = go(["env", "GOVERSION"]);
  return status === 0 ? stdout.trim() : undefined;
}

/** Why a Go of this version cannot build the programs, and the way out; undefined when it can. */
export function whyNotGo(version: string | undefined): string | undefined {
  const { major, minor } = OLDEST_GO;
  const wayOut = `install Go ${major}.${minor} or later (https://go.dev/dl) and put it on PATH`;
  if (version === undefined)
    return `the control plane is built with Go, which is missing: ${wayOut}`;
  const [, has = "0", its = "0"] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  const isEnough = Number(has) > major || (Number(has) === major && Number(its) >= minor);
  return isEnough ? undefined : `the control plane cannot be built with ${version}: ${wayOut}`;
}

/** Other programs come of another module, another Go or other flags, so they have another directory. */
export function cacheKey(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest("hex").slice(0, 16);
}

const cacheDirectory = () =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "oci-torrent/control-plane");

/** The version of Kubernetes in go.mod, such as v1.34.4. */
export function kubernetesVersion(goMod: string): string {
  const [, version] = new RegExp(`^\\s*${KUBERNETES} (v[\\d.]+)`, "m").exec(goMod) ?? [];
  if (version === undefined) throw new Error(`go.mod does not require ${KUBERNETES}`);
  return version;
}

/** Without these a server would say that it is v0.0.0. */
function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(values).map(
    ([name, value]) => `-X ${VERSION_PACKAGE}.${name}=${value}`,
  );
  return ["-s", "-w", ...flags].join(" ");
}

type Build = { readonly directory: string; readonly flags: readonly string[] };

function planBuild(goVersion: string): Build {
  const goMod = readFileSync(join(MODULE, "go.mod"));
  const sources = ["go.sum", "kstatus/main.go"].map((name) => readFileSync(join(MODULE, name)));
  const linked = linkerFlags(kubernetesVersion(goMod.toString()));
  const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", linked];
  const key = cacheKey([goMod, ...sources, goVersion, process.arch, flags.join(" ")]);
  return { directory: join(cacheDirectory(), key), flags };
}

export type ControlPlanePrograms =
  | { readonly state: "built"; path(program: ControlPlaneProgram): string }
  | { readonly state: "not-built" }
  | { readonly state: "impossible"; readonly why: string };

const built = (directory: string): ControlPlanePrograms => ({
  state: "built",
  path: (program) => join(directory, program),
});

/** The programs, if they have been built. */
export function findControlPlane(): ControlPlanePrograms {
  const version = installedGo();
  const why = whyNotGo(version);
  if (version === undefined || why !== undefined) return { state: "impossible", why: why ?? "" };
  const { directory } = planBuild(version);
  return existsSync(directory) ? built(directory) : { state: "not-built" };
}

/** Builds them unless that has been done. Throws when the build fails; Go has then printed why. */
export function buildControlPlane(): ControlPlanePrograms {
  const version = installedGo();
  const why = whyNotGo(version);
  if (version === undefined || why !== undefined) return { state: "impossible", why: why ?? "" };
  const build = planBuild(version);
  if (!existsSync(build.directory)) buildInto(build);
  // What is used lives on.
  utimesSync(build.directory, new Date(), new Date());
  forgetUnused();
  return built(build.directory);
}

function buildInto({ directory, flags }: Build): void {
  console.log(
    "[control plane] building it from its Go modules: this takes minutes, the first time only",
  );
  const unfinished = `${directory}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  for (const [name, path] of Object.entries(PACKAGES)) {
    const { status } = go(["build", ...flags, "-o", join(unfinished, name), path], "inherit");
    if (status !== 0) {
      rmSync(unfinished, { recursive: true, force: true });
      throw new Error(`\`go build ${path}\` failed in ${MODULE}: what it printed says why`);
    }
  }
  moveUnlessThere(unfinished, directory);
}

/** Another process may have built the same meanwhile. */
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
    rmSync(from, { recursive: true, force: true });
  }
}

/** Removes what other modules or an older Go gave, and builds that were broken off. */
function forgetUnused(): void {
  const oldest = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const name of readdirSync(cacheDirectory())) {
    const path = join(cacheDirectory(), name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && found.mtimeMs < oldest)
      rmSync(path, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const plane = buildControlPlane();
  if (plane.state === "impossible") {
    console.error(`[control plane] ${plane.why}`);
    process.exitCode = 1;
  }
}
