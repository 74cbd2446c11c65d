// Most licences ask that their text comes along with the code, and a bundle has the code without its package.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { TOP } from "./top.ts";

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

type PackageJson = { name: string; version: string; license?: string; homepage?: string };

/** Directories, from the top, of the packages that a bundle has code of. */
export function packagesIn(metafiles: readonly Metafile[]): string[] {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [path] : [],
      ),
    ),
  );
  const directory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
  return [...new Set(inputs.flatMap((path) => directory.exec(path)?.[0] ?? []))].sort();
}

function licenseOf(directory: string): string {
  const path = join(TOP, directory);
  const about = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as PackageJson;
  const head = `${about.name} ${about.version} (${about.license ?? "see below"})`;
  const files = readdirSync(path)
    .filter((name) => LICENSE_FILE.test(name))
    .sort();
  const texts = files.map((name) => readFileSync(join(path, name), "utf8").trim());
  return [head, ...texts].join("\n\n");
}

/** One text with the licences of all packages in the bundles. */
export function thirdPartyLicenses(metafiles: readonly Metafile[]): string {
  const rule = `\n\n${"-".repeat(80)}\n\n`;
  const head = "The programs in this directory contain code of these packages.";
  return `${[head, ...packagesIn(metafiles).map(licenseOf)].join(rule)}\n`;
}
