// What a user gets from npm: the package installs with nothing but Node, and its programs run from any directory.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageVersion } from "../tools/build.ts";
import { TOP } from "../tools/top.ts";
import { run } from "./support/processes.ts";
import { nodeProgram, type Program } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const npmScript = process.env["npm_execpath"];

// npm hands down what it is doing, and where; this one is to do something else, elsewhere.
const KEPT = /^npm_config_(?:cache|cafile|registry|userconfig|globalconfig)$/i;
const env = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith("npm_") && !KEPT.test(name))
    .map((name) => [name, undefined]),
);

const npm = (cwd: string, ...args: string[]) =>
  run(nodeProgram, [npmScript ?? "", ...args], { cwd, env, timeoutMs: 120_000 });

const skip = npmScript === undefined && "needs to be started by npm, which says where npm is";

describe("the package", { skip }, () => {
  it("installs, and its programs run from another directory", async (t) => {
    const packed = tempDir(t);
    await npm(TOP, "pack", "--ignore-scripts", "--pack-destination", packed);
    const [tarball = ""] = readdirSync(packed);
    const prefix = tempDir(t);
    const quietly = ["--no-audit", "--no-fund", "--prefer-offline"];
    await npm(tempDir(t), "install", "--prefix", prefix, ...quietly, join(packed, tarball));
    const modules = join(prefix, "node_modules");
    const ours = readdirSync(modules).filter((name) => !name.startsWith("."));
    // No dependency but Node itself.
    assert.deepEqual(
      ours.filter((name) => !name.startsWith("node-linux-")),
      ["oci-torrent"],
    );
    for (const name of [
      "oci-torrent-ctr",
      "oci-torrentd",
      "oci-torrent-controller",
      "oci-torrent-runtime",
    ]) {
      const program = join(modules, ".bin", name) as Program;
      const { stdout } = await run(program, ["--version"], { cwd: tempDir(t) });
      assert.equal(stdout, `${name} ${packageVersion()}\n`);
    }
  });

  it("holds programs, licences and notes, and no source or test", async () => {
    const { stdout } = await npm(TOP, "pack", "--ignore-scripts", "--dry-run", "--json");
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    for (const path of ["bin/launch.sh", "bin/oci-torrentd", "dist/oci-torrent-ctr.mjs"]) {
      assert.ok(paths.includes(path), path);
    }
    const expected = /^(?:bin\/[\w.-]+|dist\/[\w.-]+|package\.json|[A-Z]+(?:\.md)?)$/;
    assert.deepEqual(
      paths.filter((path) => !expected.test(path)),
      [],
    );
    if (existsSync(join(TOP, "LICENSE"))) assert.ok(paths.includes("LICENSE"));
  });
});
