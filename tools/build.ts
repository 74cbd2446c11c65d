// Makes one file of each binary, so that an installed oci-torrent needs no package but Node.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build as bundle } from "esbuild";
import {
  leaveOut,
  onlyUsedParts,
  reflectionProtosAsJson,
  refuseExternals,
  requireBuiltins,
} from "./bundle-plugins.ts";
import { packagesIn, thirdPartyLicenses } from "./licenses.ts";
import { TOP } from "./top.ts";

export const DIST = join(TOP, "dist");

export type Binary = { readonly name: string; readonly entry: string };

export const BINARIES: readonly Binary[] = [
  { name: "oci-torrentd", entry: "src/agent/main.ts" },
  { name: "oci-torrent-ctr", entry: "src/ctr/main.ts" },
  { name: "oci-torrent-controller", entry: "src/controller/main.ts" },
  { name: "oci-torrent-runtime", entry: "src/agent/runtime-helper/main.ts" },
];

// CommonJS packages inside expect these three, and a module of the esm format has none of them.
const BANNER = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

export function packageVersion(): string {
  const text = readFileSync(join(TOP, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const bundleOne = (binary: Binary) =>
  bundle({
    absWorkingDir: TOP,
    entryPoints: [binary.entry],
    outfile: join(DIST, `${binary.name}.mjs`),
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node24",
    banner: { js: BANNER },
    define: { __OCI_TORRENT_VERSION__: JSON.stringify(packageVersion()) },
    // Comments with letters beyond Latin-1 would make Node hold the whole source in twice the memory.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    legalComments: "linked",
    logLevel: "warning",
    plugins: [
      leaveOut(),
      onlyUsedParts(),
      requireBuiltins(),
      reflectionProtosAsJson(),
      refuseExternals(),
    ],
  });

/** Writes under another name first: who starts a binary meanwhile finds the old one or the new one, whole. */
function write(path: string, contents: Uint8Array | string): string {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
  return path;
}

export type Bundles = {
  readonly files: readonly { readonly name: string; readonly contents: Uint8Array | string }[];
  /** Directories, from the top, of the npm packages inside. */
  readonly packages: readonly string[];
};

/** The bundles of `binaries` with their licences. The same sources give the same bytes. */
export async function bundleAll(binaries: readonly Binary[] = BINARIES): Promise<Bundles> {
  const results = await Promise.all(binaries.map((binary) => bundleOne(binary)));
  const outputs = results.flatMap((result) => result.outputFiles);
  const packages = packagesIn(results.map((result) => result.metafile));
  const files = outputs.map(({ path, contents }) => ({ name: basename(path), contents }));
  const licenses = { name: "THIRD-PARTY-LICENSES.txt", contents: thirdPartyLicenses(packages) };
  return { files: [...files, licenses], packages };
}

/** Bundles `binaries` into `directory`, and returns the paths written. */
export async function build(
  directory: string = DIST,
  binaries: readonly Binary[] = BINARIES,
): Promise<string[]> {
  const { files } = await bundleAll(binaries);
  mkdirSync(directory, { recursive: true });
  return files.map(({ name, contents }) => write(join(directory, name), contents));
}

/** Removes what earlier builds made and this one did not, such as the bundle of a binary that has another name now. */
function removeOthers(directory: string, paths: readonly string[]): void {
  const kept = new Set(paths.map((path) => basename(path)));
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isFile() && !kept.has(entry.name)) rmSync(join(directory, entry.name));
  }
}

/** What launchers keep there of older bundles is of no use; another user's it may stay, as it does no harm either. */
function forgetCompiled(directory: string): void {
  try {
    rmSync(join(directory, ".compile-cache"), { recursive: true, force: true });
  } catch (error) {
    console.warn(`could not remove what was compiled before: ${(error as Error).message}`);
  }
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const paths = await build();
  removeOthers(DIST, paths);
  forgetCompiled(DIST);
  const names = paths.map((path) => basename(path)).join(", ");
  console.log(`built ${names} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

if (import.meta.main) {
  // esbuild has told the mistakes by then.
  await main().catch((error: unknown) => {
    console.error(String(error));
    process.exitCode = 1;
  });
}
