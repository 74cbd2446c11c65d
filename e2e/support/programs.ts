import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { PACKAGES, packageOfProgram } from "../../tools/packages.ts";
import { missingPackages } from "../../tools/set-up.ts";
import { TOP } from "../../tools/top.ts";

/** The absolute path of a program that tests may start. */
export type Program = string & { readonly __brand: "Program" };

// Not PATH: what a machine has in /usr/local is not what the set-up installs.
const DIRECTORIES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const known = new Map<string, Program>();

/** A program of a Debian package that tools/packages.ts declares; any other is refused, even where it happens to be installed. */
export function program(name: string): Program {
  const found = known.get(name) ?? lookUp(name);
  known.set(name, found);
  return found;
}

function lookUp(name: string): Program {
  const declared = packageOfProgram(name);
  if (declared === undefined) {
    throw new Error(
      `${name} is not a declared program: add its Debian package to tools/packages.ts`,
    );
  }
  const path = pathOf(name);
  if (path === undefined) {
    throw new Error(`${name} is not installed: run \`node tools/run.mjs tools/set-up.ts\` as root`);
  }
  // A link such as /usr/bin/python3 may belong to another package than what it leads to.
  const owners = [path, realpathSync(path)].flatMap(owningPackages);
  if (!owners.includes(declared.name)) {
    const owner = owners.join(", ") || "no Debian package";
    throw new Error(`${path} belongs to ${owner}, and is declared as ${declared.name}'s`);
  }
  return path as Program;
}

const pathOf = (name: string) =>
  DIRECTORIES.map((directory) => join(directory, name)).find((path) => existsSync(path));

/** The packages that dpkg knows to own a file. Its list still says /bin for what a merged /usr has in /usr/bin. */
function owningPackages(path: string): string[] {
  const names = [path, path.replace(/^\/usr/, "")];
  const { stdout } = spawnSync("dpkg", ["-S", ...names], { encoding: "utf8" });
  return stdout.split("\n").flatMap((line) => line.slice(0, line.indexOf(":")) || []);
}

/** The Node that runs the tests. */
export const nodeProgram = process.execPath as Program;

/** A launcher of ours, as the build left it. */
export const ourProgram = (
  name: "oci-torrentd" | "oci-torrent-ctr" | "oci-torrent-controller" | "oci-torrent-runtime",
) => join(TOP, "bin", name) as Program;

/** For a test's `skip`: why it cannot run here, or false. What it needs is declared programs, declared packages that have none, and root by the name "root". */
export function lacking(...needs: readonly string[]): string | false {
  const absent = needs.filter((name) => !isHere(name));
  return absent.length > 0 && `needs ${absent.join(", ")}`;
}

function isHere(name: string): boolean {
  if (name === "root") return process.getuid?.() === 0;
  const library = PACKAGES.find((each) => each.name === name && each.programs.length === 0);
  return library === undefined
    ? pathOf(name) !== undefined
    : missingPackages([library]).length === 0;
}
