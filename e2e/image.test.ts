// The container image as `npm run image` makes it, and as others' tools read, build and run it.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { BINARIES, packageVersion } from "../tools/build.ts";
import { cacheDirectory } from "../tools/image/fetch-package.ts";
import { TOP } from "../tools/top.ts";
import { type Scope, suite } from "./support/at-end.ts";
import { startDaemon } from "./support/daemons.ts";
import { type FileTree, fileTree } from "./support/file-tree.ts";
import { run } from "./support/processes.ts";
import { lacking, nodeProgram, program } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const skip = lacking(
  "root",
  "buildah",
  "busybox",
  "mount",
  "runc",
  "skopeo",
  "umoci",
  "unshare",
  "xz",
);

const MAKE_TIMEOUT_MS = 180_000;
const MOST_BYTES = 60_000_000;
const USER = 65532;
const MADE_AT = "2026-02-03T04:05:06Z";
const ENVIRONMENT = { SOURCE_DATE_EPOCH: String(Date.parse(MADE_AT) / 1000) };

type Descriptor = { readonly digest: string; readonly size: number };
type Manifest = { readonly config: Descriptor; readonly layers: readonly Descriptor[] };
type Config = {
  readonly created: string;
  readonly config: Readonly<Record<string, unknown>> & {
    readonly Labels: Readonly<Record<string, string>>;
  };
};

const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

const digestIn = (directory: string): string | undefined =>
  (json(join(directory, "image/index.json")) as { manifests: Descriptor[] }).manifests[0]?.digest;

async function inspect(image: string, ...flags: string[]): Promise<unknown> {
  const { stdout } = await run(program("skopeo"), ["inspect", ...flags, image]);
  return JSON.parse(stdout);
}

/** The files of an image, as a container runtime would have them. */
async function unpack(scope: Scope, image: string): Promise<{ bundle: string; root: string }> {
  const bundle = join(tempDir(scope), "bundle");
  await run(program("umoci"), ["unpack", "--image", image, bundle]);
  return { bundle, root: join(bundle, "rootfs") };
}

/** Runs a program of the image as its default user, with the image as its whole file system. */
const runIn = (root: string, command: readonly string[], codes: readonly number[] = [0]) => {
  const as = [`--root=${root}`, `--setuid=${USER}`, `--setgid=${USER}`, "--wd=/"];
  return run(program("unshare"), [...as, "--", ...command], { codes });
};

const inNode = async (root: string, script: string): Promise<unknown> =>
  JSON.parse((await runIn(root, ["/usr/bin/node", "--print", `JSON.stringify(${script})`])).stdout);

describe("npm run image", { skip }, () => {
  const scope = suite();
  let made: string;
  let image: string;
  let files: FileTree;

  before(async () => {
    made = join(tempDir(scope), "made");
    const args = [join(TOP, "tools/run.mjs"), "tools/image.ts", "--to", made];
    await run(nodeProgram, args, { env: ENVIRONMENT, timeoutMs: MAKE_TIMEOUT_MS });
    image = `${made}/image:dev`;
    files = fileTree(join(made, "rootfs"));
  });

  it("makes the same image for another user, from another directory, with another umask and clock, and no network", async (t) => {
    const directory = tempDir(t);
    const [top, home, to] = ["top", "home", "home/made"].map((name) => join(directory, name));
    mkdirSync(top as string);
    cpSync(cacheDirectory(), join(home as string, "oci-torrent/image"), { recursive: true });
    const clock = join(directory, "clock.mjs");
    writeFileSync(clock, FIVE_HOURS_LATER);
    for (const path of [directory, home as string]) {
      chownSync(path, USER, USER);
      chmodSync(path, 0o755);
    }
    const options = ["--mount", "--propagation=private", "--net", "--"];
    const script = [program("busybox"), "sh", "-c", ELSEWHERE, "sh"];
    const args = [TOP, top, to, nodeProgram, String(USER), program("setpriv")] as string[];
    const env = {
      ...ENVIRONMENT,
      XDG_CACHE_HOME: home,
      TZ: "Pacific/Auckland",
      NODE_OPTIONS: `--import=${clock}`,
    };
    const shift = Date.now() + 4 * 3600 * 1000;
    const { stderr } = await run(program("unshare"), [...options, ...script, ...args], {
      env,
      timeoutMs: MAKE_TIMEOUT_MS,
    });
    const times = [...stderr.matchAll(/^clock (\S+) at (\S+)$/gm)];
    assert.ok(times.length > 0 && times.every(([, time = ""]) => Date.parse(time) > shift), stderr);
    assert.ok(times.every(([, , place]) => place === top));
    const other = statSync(to as string);
    assert.deepEqual([other.uid, other.mode & 0o777], [USER, 0o700]);
    assert.equal(digestIn(to as string), digestIn(made));
  });

  it("says what it needs where it cannot get it", async (t) => {
    const cache = tempDir(t);
    const to = join(cache, "made");
    const command = [nodeProgram, join(TOP, "tools/run.mjs"), "tools/image.ts", "--to", to];
    const { stderr } = await run(program("unshare"), ["--net", "--", ...command], {
      env: { XDG_CACHE_HOME: cache },
      codes: [1],
      timeoutMs: MAKE_TIMEOUT_MS,
    });
    assert.match(
      stderr,
      /^\[image\] could not get the Debian package \S+ \S+ \(.*deb\.debian\.org.*\): put it into \S+ as [0-9a-f]{64}\.deb$/m,
    );
    assert.ok(!existsSync(to));
  });

  it("stays within its size, in layers that every runtime reads", async () => {
    const manifest = (await inspect(`oci:${image}`, "--raw")) as Manifest;
    const sizes = manifest.layers.map(({ size }) => size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 1_000_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
    for (const layer of manifest.layers as readonly (Descriptor & { mediaType: string })[]) {
      assert.equal(layer.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
    }
  });

  it("has in its layers what rootfs has, which root owns", async (t) => {
    const { root } = await unpack(t, image);
    assert.deepEqual(fileTree(root), files);
    for (const [path, what] of Object.entries(files)) assert.match(what, / 0:0/, path);
    assert.equal(files["tmp"], "directory 1777 0:0");
  });

  it("has no program but Node and ours: no shell, no package manager", async () => {
    const programs = Object.entries(files).flatMap(([path, what]) =>
      /^file \d*[1357]\d* /.test(what) || what.startsWith("file 755") ? [path] : [],
    );
    assert.deepEqual(programs, [
      "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
      "lib/x86_64-linux-gnu/libc.so.6",
      ...["node", ...BINARIES.map(({ name }) => name)].map((name) => `usr/bin/${name}`).sort(),
    ]);
    const spawnSync = "process.getBuiltinModule('node:child_process').spawnSync";
    const root = join(made, "rootfs");
    const status = async (command: string) => {
      const script = `const { error, status } = ${spawnSync}(${command}); console.log(error?.code ?? status)`;
      return (await runIn(root, ["/usr/bin/node", "--eval", script])).stdout.trim();
    };
    assert.equal(await status(`"/bin/sh", ["-c", "true"]`), "ENOENT");
    assert.equal(await status(`"/usr/bin/node", ["--version"]`), "0");
  });

  it("runs Node and each of our programs as its user", async () => {
    const root = join(made, "rootfs");
    const { stdout } = await runIn(root, ["/usr/bin/node", "--version"]);
    assert.equal(stdout, `${process.version}\n`);
    for (const { name } of BINARIES) {
      const node = ["/usr/bin/node", "--max-semi-space-size=1"];
      for (const command of [[`/usr/bin/${name}`], [...node, `/opt/oci-torrent/${name}.mjs`]]) {
        const version = await runIn(root, [...command, "--version"]);
        assert.deepEqual([version.stdout, version.stderr], [`${name} ${packageVersion()}\n`, ""]);
        assert.match((await runIn(root, [...command, "--help"])).stdout, new RegExp(name));
      }
    }
    const { code } = await runIn(root, ["/usr/bin/oci-torrent-ctr", "no-such-command"], [2]);
    assert.equal(code, 2);
  });

  it("knows its user, its own hosts file, and whom to trust", async (t) => {
    const { root } = await unpack(t, image);
    const user = (await inNode(root, "os.userInfo()")) as { uid: number; username: string };
    assert.deepEqual([user.uid, user.username], [USER, "nonroot"]);
    // Else names would go to a name server, and there is none here.
    writeFileSync(join(root, "etc/hosts"), "192.0.2.7 made-up.test\n");
    const lookUp = `dns.lookup(process.argv[1], (error, found) => console.log(error?.code ?? found))`;
    const found = async (name: string) =>
      (await runIn(root, ["/usr/bin/node", "--eval", lookUp, name])).stdout.trim();
    assert.equal(await found("made-up.test"), "192.0.2.7");
    assert.notEqual(await found("other.test"), "192.0.2.7");
    const certificates = `fs.readFileSync("/etc/ssl/certs/ca-certificates.crt", "utf8")`;
    const count = await inNode(
      root,
      `(tls.createSecureContext({ ca: ${certificates} }), ${certificates}.match(/BEGIN/g).length)`,
    );
    assert.ok(Number(count) > 100, `${count} certificates`);
    assert.equal(count, await inNode(root, "tls.rootCertificates.length"));
  });

  it("runs as a container, by default as nobody in particular", async (t) => {
    const { bundle } = await unpack(t, image);
    const path = join(bundle, "config.json");
    const spec = json(path) as { process: { terminal: boolean; user: { uid: number } } };
    assert.equal(spec.process.user.uid, USER);
    spec.process.terminal = false;
    writeFileSync(path, JSON.stringify(spec));
    const state = ["--root", tempDir(t)];
    const args = [...state, "run", "--bundle", bundle, `oci-torrent-image-${process.pid}`];
    const { stdout } = await run(program("runc"), args);
    assert.match(stdout, /^Usage: oci-torrent-ctr /);
  });

  it("says what it is, and what it is made of", async () => {
    const { created, config } = (await inspect(`oci:${image}`, "--config")) as Config;
    assert.equal(created, MADE_AT);
    assert.equal(config.Labels["org.opencontainers.image.version"], packageVersion());
    assert.equal(config.Labels["org.opencontainers.image.licenses"], "Apache-2.0");
    const bill = json(join(made, "rootfs/usr/share/doc/oci-torrent/sbom.spdx.json")) as Bill;
    assert.equal(bill.spdxVersion, "SPDX-2.3");
    assert.equal(bill.creationInfo.created, MADE_AT);
    const versions = new Map(bill.packages.map(({ name, versionInfo }) => [name, versionInfo]));
    assert.equal(versions.get("node"), process.versions.node);
    assert.equal(versions.get("openssl"), process.versions.openssl);
    for (const name of ["libc6", "libstdc++6", "@grpc/grpc-js", "commander"]) {
      assert.ok(versions.has(name), name);
    }
    const licenses = readFileSync(
      join(made, "rootfs/opt/oci-torrent/THIRD-PARTY-LICENSES.txt"),
      "utf8",
    );
    const bundled = [...licenses.matchAll(/^-{80}\n\n(\S+) (\d\S*) \(/gm)];
    assert.ok(bundled.length > 10);
    const lines = new Set(bill.packages.map(({ name, versionInfo }) => `${name} ${versionInfo}`));
    for (const [, name, version] of bundled) assert.ok(lines.has(`${name} ${version}`), name);
    const ids = bill.packages.map(({ SPDXID }) => SPDXID);
    assert.equal(new Set(ids).size, ids.length);
    for (const { relatedSpdxElement } of bill.relationships) {
      assert.ok(ids.includes(relatedSpdxElement), relatedSpdxElement);
    }
    for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  });

  it("is read by oci-torrent too", async (t) => {
    const daemon = await startDaemon(t, ["--bt-seeder"]);
    const name = "registry.test/oci-torrent:dev";
    const { stdout } = await daemon.ctr(["import", "--quiet", `--name=${name}`, `oci:${image}`]);
    assert.equal(stdout, `${digestIn(made)}\n`);
  });

  it("is what deploy/image/Dockerfile gives", async (t) => {
    const directory = tempDir(t);
    const storage = ["--root", join(directory, "storage"), "--runroot", join(directory, "run")];
    const buildah = (...args: string[]) =>
      run(program("buildah"), [...storage, "--storage-driver=vfs", ...args], {
        timeoutMs: MAKE_TIMEOUT_MS,
      });
    const dockerfile = join(TOP, "deploy/image/Dockerfile");
    const built = `${directory}/built:dev`;
    await buildah("build", "--file", dockerfile, "--tag=test:dev", join(made, "rootfs"));
    await buildah("push", "--disable-compression", "localhost/test:dev", `oci:${built}`);
    assert.deepEqual(fileTree((await unpack(t, built)).root), files);
    const ours = (await inspect(`oci:${image}`, "--config")) as Config;
    const theirs = (await inspect(`oci:${built}`, "--config")) as Config;
    const { "io.buildah.version": builder, ...labels } = theirs.config.Labels;
    assert.ok(builder);
    assert.deepEqual({ ...theirs.config, Labels: labels }, ours.config);
  });
});

type Bill = {
  readonly spdxVersion: string;
  readonly creationInfo: { readonly created: string };
  readonly packages: readonly { SPDXID: string; name: string; versionInfo: string }[];
  readonly relationships: readonly { relatedSpdxElement: string }[];
};

/** What another user does in another directory that has the same checkout: arguments TOP, DIRECTORY, --to, NODE, UID, SETPRIV. */
const ELSEWHERE = `
set -eu
mount --bind "$1" "$2"
cd "$2"
umask 077
exec "$6" --reuid="$5" --regid="$5" --clear-groups "$4" tools/run.mjs tools/image.ts --to "$3"
`;

const FIVE_HOURS_LATER = `
const Now = Date;
const later = () => Now.now() + 5 * 3600 * 1000;
globalThis.Date = class extends Now {
  constructor(...given) {
    super(...(given.length > 0 ? given : [later()]));
  }
  static now = later;
};
process.on("exit", () => console.error("clock " + new Date().toISOString() + " at " + process.cwd()));
`;
