import { join } from "node:path";
import { loadAll } from "js-yaml";
import { CHART } from "../../tools/manifests.ts";
import type { Scope } from "./at-end.ts";
import { goProgram } from "./go-programs.ts";
import { type Finished, type RunOptions, run } from "./processes.ts";
import { tempDir } from "./temp.ts";

export const helmProgram = () => goProgram("helm");

/** Runs helm with directories of its own, so that it neither reads nor writes what a person has set up. */
export function helm(
  scope: Scope,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return run(helmProgram(), args, { ...options, env: { ...options.env, ...helmHome(scope) } });
}

export function helmHome(scope: Scope): Readonly<Record<string, string>> {
  const home = tempDir(scope);
  const kinds = ["CACHE", "CONFIG", "DATA"];
  return Object.fromEntries(kinds.map((kind) => [`HELM_${kind}_HOME`, join(home, kind)]));
}

/** An object that the chart gives: its fields are as deep as the test asks for. */
// biome-ignore lint/suspicious/noExplicitAny: every kind of object has other fields
export type Rendered = any;

export type Chart = {
  /** All objects of a kind. */
  kind(kind: string): readonly Rendered[];
  /** The only one of that kind and name. */
  one(kind: string, name: string): Rendered;
  readonly all: readonly Rendered[];
};

/** What the chart gives for these values, each `path=value`, as `--set` takes them. */
export async function render(scope: Scope, ...values: readonly string[]): Promise<Chart> {
  const { stdout } = await template(scope, values);
  const all = loadAll(stdout).filter((object) => object !== null) as readonly Rendered[];
  const kind = (wanted: string) => all.filter((object) => object.kind === wanted);
  return {
    ...{ all, kind },
    one(wanted, name) {
      const [found, another] = kind(wanted).filter(({ metadata }) => metadata.name === name);
      if (found === undefined || another !== undefined) {
        throw new Error(`not one ${wanted} ${name}, but ${found === undefined ? "none" : "two"}`);
      }
      return found;
    },
  };
}

/** Runs `helm template`; a value that begins with a dash is a flag of its own. */
export function template(
  scope: Scope,
  values: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const set = ["image.repository=registry.test/oci-torrent", ...values].flatMap((value) =>
    value.startsWith("-") ? [value] : ["--set", value],
  );
  return helm(scope, ["template", "release", CHART, "--namespace", "elsewhere", ...set], options);
}
