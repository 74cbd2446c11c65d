import { existsSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { TarFile } from "./tar.ts";

/** A layer by the name under which the demo shows it. */
export type LayerFiles = { readonly name: string; readonly files: readonly TarFile[] };

const PACKAGES = [
  "@grpc",
  "commander",
  "prom-client",
  "protobufjs",
  "tar-stream",
  "undici",
  "winston",
];
const DOCUMENTS = ["LICENSE", "README.md", "CHANGELOG.md", "package.json"];

/**
 * The layers of two images, lowest first, made of what is on every machine that runs this: Node itself, the libraries
 * that it has loaded, and packages. They differ in the topmost alone.
 */
export async function imageFiles(
  top: string,
): Promise<{ first: readonly LayerFiles[]; second: readonly LayerFiles[] }> {
  const node = await realpath(process.execPath);
  const shared = [
    { name: "documents", files: documentsBeside(node, top) },
    { name: "libraries", files: loadedLibraries() },
    { name: "node", files: [{ path: "usr/bin/node", from: node }] },
    { name: "packages", files: await packages(top, PACKAGES) },
  ];
  return {
    first: [...shared, { name: "app 1", files: await packages(top, ["js-yaml"]) }],
    second: [...shared, { name: "app 2", files: await packages(top, ["js-yaml", "fast-check"]) }],
  };
}

/** Node's own texts where they lie beside it, as in its npm package; else those of this project. */
function documentsBeside(node: string, top: string): readonly TarFile[] {
  const found = [dirname(dirname(node)), top].map((directory) =>
    DOCUMENTS.map((name) => ({ path: `usr/share/doc/app/${name}`, from: join(directory, name) })),
  );
  const existing = found.map((files) => files.filter(({ from }) => existsSync(from)));
  return existing.find((files) => files.length > 1) ?? existing.flat();
}

/** The shared libraries of this very process: with them the Node in the image finds all that it needs. */
function loadedLibraries(): readonly TarFile[] {
  // Else the report looks up the names of everybody that this process is connected to.
  Object.assign(process.report, { excludeNetwork: true });
  const { sharedObjects } = process.report.getReport() as { sharedObjects: readonly string[] };
  return sharedObjects
    .filter((path) => path.startsWith("/") && path !== process.execPath && existsSync(path))
    .map((path) => ({ path: path.slice(1), from: path }));
}

async function packages(top: string, names: readonly string[]): Promise<readonly TarFile[]> {
  const modules = join(top, "node_modules");
  const files = await Promise.all(names.map((name) => filesBelow(join(modules, name))));
  return files
    .flat()
    .map((from) => ({ path: join("app/node_modules", relative(modules, from)), from }));
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
