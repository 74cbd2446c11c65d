// Builds programs from Go modules of ours, and keeps them in the user's cache directory: building them takes minutes once.
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

const OLDEST_GO = { major: 1, minor: 26 };
const UNUSED_DAYS = 14;

export type GoModule<Name extends string = string> = {
  /** In the cache, and where people are told of it. */
  readonly name: string;
  readonly directory: string;
  /** What is built beside other people's packages: files of ours, from the directory. */
  readonly sources: readonly string[];
  /** Programs by the package that they are built from. */
  readonly packages: Readonly<Record<Name, string>>;
  /** Variables that are set when a program is linked, by their full name. */
  variables(goMod: string): Readonly<Record<string, string>>;
};

export type GoPrograms<Name extends string = string> =
  | { readonly state: "built"; path(program: Name): string }
  | { readonly state: "not-built" }
  | { readonly state: "impossible"; readonly why: string };

/** Never another version of Go than the one that is installed: that would be fetched from the network. */
const ENVIRONMENT = { GOTOOLCHAIN: "local", CGO_ENABLED: "0", GOWORK: "off" };

function go(args: readonly string[], cwd?: string) {
  return spawnSync("go", args, {
    cwd,
    env: { ...process.env, ...ENVIRONMENT },
    encoding: "utf8",
    stdio: ["ignore", "pipe", cwd === undefined ? "ignore" : "inherit"],
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
    return `the programs of a cluster are built with Go, which is missing: ${wayOut}`;
  const [, has = "0", its = "0"] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  const isEnough = Number(has) > major || (Number(has) === major && Number(its) >= minor);
  return isEnough
    ? undefined
    : `the programs of a cluster cannot be built with ${version}: ${wayOut}`;
}

/** Other programs come of another module, another Go or other flags, so they have another directory. */
export function cacheKey(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest("hex").slice(0, 16);
}

const cacheDirectory = ({ name }: GoModule) =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "oci-torrent", name);

/** The version of a module that go.mod requires, such as v1.34.4. */
export function requiredVersion(goMod: string, path: string): string {
  const line = new RegExp(`^(?:require)?\\s*${RegExp.escape(path)} (v\\S+)`, "m");
  const [, version] = line.exec(goMod) ?? [];
  if (version === undefined) throw new Error(`go.mod does not require ${path}`);
  return version;
}

type Build = { readonly directory: string; readonly flags: readonly string[] };

function planBuild(module: GoModule, goVersion: string): Build {
  const read = (name: string) => readFileSync(join(module.directory, name));
  const goMod = read("go.mod");
  const variables = Object.entries(module.variables(goMod.toString()));
  const linked = ["-s", "-w", ...variables.map(([name, value]) => `-X ${name}=${value}`)].join(" ");
  const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", linked];
  const sources = ["go.sum", ...module.sources].map(read);
  const key = cacheKey([goMod, ...sources, goVersion, process.arch, flags.join(" ")]);
  return { directory: join(cacheDirectory(module), key), flags };
}

const built = <Name extends string>(directory: string): GoPrograms<Name> => ({
  state: "built",
  path: (program) => join(directory, program),
});

function planned<Name extends string>(
  module: GoModule<Name>,
  act: (build: Build) => GoPrograms<Name>,
): GoPrograms<Name> {
  const version = installedGo();
  const why = whyNotGo(version);
  if (version === undefined || why !== undefined) return { state: "impossible", why: why ?? "" };
  return act(planBuild(module, version));
}

/** The module's programs, if they have been built. */
export function findPrograms<Name extends string>(module: GoModule<Name>): GoPrograms<Name> {
  return planned(module, ({ directory }) =>
    existsSync(directory) ? built(directory) : { state: "not-built" },
  );
}

/** Builds them unless that has been done. Throws when the build fails; Go has then printed why. */
export function buildPrograms<Name extends string>(module: GoModule<Name>): GoPrograms<Name> {
  return planned(module, (build) => {
    if (!existsSync(build.directory)) buildInto(module, build);
    // What is used lives on.
    utimesSync(build.directory, new Date(), new Date());
    forgetUnused(module);
    return built(build.directory);
  });
}

function buildInto(module: GoModule, { directory, flags }: Build): void {
  console.log(`[${module.name}] building it from its Go modules: minutes, the first time only`);
  const unfinished = `${directory}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  for (const [name, path] of Object.entries(module.packages)) {
    const args = ["build", ...flags, "-o", join(unfinished, name), path];
    if (go(args, module.directory).status !== 0) {
      rmSync(unfinished, { recursive: true, force: true });
      throw new Error(
        `\`go build ${path}\` failed in ${module.directory}: what it printed says why`,
      );
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
function forgetUnused(module: GoModule): void {
  const oldest = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const name of readdirSync(cacheDirectory(module))) {
    const path = join(cacheDirectory(module), name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && found.mtimeMs < oldest)
      rmSync(path, { recursive: true, force: true });
  }
}
