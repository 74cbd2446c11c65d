// Most licences ask that their text comes along with the code, and a bundle has the code without its package.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";
import { TOP } from "./top.ts";

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

export type NpmPackage = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
};

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

/** What the package in a directory, absolute or from the top, says of itself. */
export const npmPackage = (directory: string): NpmPackage =>
  JSON.parse(readFileSync(resolve(TOP, directory, "package.json"), "utf8")) as NpmPackage;

function licenseOf(directory: string): string {
  const path = join(TOP, directory);
  const about = npmPackage(directory);
  const head = `${about.name} ${about.version} (${about.license ?? "see below"})`;
  const files = readdirSync(path)
    .filter((name) => LICENSE_FILE.test(name))
    .sort();
  const texts = files.map((name) => readFileSync(join(path, name), "utf8").trim());
  return [head, ...texts].join("\n\n");
}

/** One text with the licences of these packages. */
export function thirdPartyLicenses(packages: readonly string[]): string {
  const rule = `\n\n${"-".repeat(80)}\n\n`;
  const head = "The programs in this directory contain code of these packages.";
  return `${[head, ...packages.map(licenseOf)].join(rule)}\n`;
}
