// Tools that others have written read what we store, and we read what they have written; every digest stays what it was.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suite } from "./support/at-end.ts";
import { type Daemon, startDaemon } from "./support/daemons.ts";
import { type IndexRecord, makeIndex } from "./support/image-index.ts";
import { type ImageRecord, makeImage, seededBytes, sha256 } from "./support/images.ts";
import { run } from "./support/processes.ts";
import { lacking, program } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const skip = lacking("docker-registry", "skopeo", "umoci");
const base = { seed: "base", bytes: 600_000, gzip: true };
const amd64 = [base, { seed: "amd64", bytes: 300_000, gzip: true }];
const arm64 = [base, { seed: "arm64", bytes: 400_000, gzip: true }];

const skopeo = async (...args: string[]) =>
  (await run(program("skopeo"), ["--insecure-policy", ...args])).stdout;

/** The manifest or index that a name stands for, byte for byte as skopeo gets it. */
const rawOf = (name: string) => skopeo("inspect", "--raw", "--tls-verify=false", name);

/** Copies it with all that it names; skopeo checks each digest on the way. */
const copyWhole = (from: string, to: string) =>
  skopeo("copy", "--all", "--preserve-digests", "--src-tls-verify=false", from, to);

/** Where a daemon keeps a repository's layout: a port stands behind an underscore there. */
const layoutIn = ({ root }: Daemon, host: string, repository: string) =>
  join(root, "oci", host.replace(":", "_"), repository);

const digestOf = (raw: string) => sha256(Buffer.from(raw));

describe("what a leecher has stored", { skip }, () => {
  const scope = suite();
  let registry: TestRegistry;
  let seeder: Daemon;
  let leecher: Daemon;
  let image: ImageRecord;
  let index: IndexRecord;

  before(async () => {
    registry = await startRegistry(scope);
    seeder = await startDaemon(scope, ["--bt-seeder", `--insecure-registry=${registry.address}`]);
    leecher = await startDaemon(scope, [`--seeder-addr=${seeder.address}`]);
    image = await makeImage(tempDir(scope), { tag: "1", layers: amd64 });
    index = await makeIndex(scope, "2", { amd64, arm64 });
  });

  /** Pushes a layout's image, and has the leecher bring the whole of it. */
  async function bring(
    from: { layout: string; tag: string },
    repository: string,
    ...flags: string[]
  ) {
    const name = `${registry.address}/${repository}:latest`;
    const source = `oci:${from.layout}:${from.tag}`;
    await skopeo("copy", "--dest-tls-verify=false", ...flags, source, `docker://${name}`);
    await seeder.ctr(["start", "--quiet", "--all-platforms", name]);
    const { stdout } = await leecher.ctr(["start", "--quiet", "--all-platforms", name]);
    const layout = layoutIn(leecher, registry.address, repository);
    return { name, layout, digest: stdout.trimEnd() };
  }

  // Of docker's media types, this skopeo finds only an image that is alone in its layout, and not by name.
  const kinds = {
    "an OCI image": {
      from: () => image,
      flags: ["--preserve-digests"],
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      name: ":latest",
    },
    "an OCI index": {
      from: () => index,
      flags: ["--all", "--preserve-digests"],
      mediaType: "application/vnd.oci.image.index.v1+json",
      name: ":latest",
    },
    "a docker image": {
      from: () => image,
      flags: ["--format", "v2s2"],
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      name: "",
    },
    "a docker manifest list": {
      from: () => index,
      flags: ["--all", "--format", "v2s2"],
      mediaType: "application/vnd.docker.distribution.manifest.list.v2+json",
      name: "",
    },
  };
  for (const [kind, { from, flags, mediaType, name }] of Object.entries(kinds)) {
    it(`is read by skopeo byte for byte: ${kind}`, async (t) => {
      const repository = `team/${kind.replaceAll(" ", "-").toLowerCase()}`;
      const brought = await bring(from(), repository, ...flags);
      const stored = `oci:${brought.layout}${name}`;
      const raw = await rawOf(stored);
      assert.equal(raw, await rawOf(`docker://${brought.name}`));
      assert.equal(digestOf(raw), brought.digest);
      assert.equal(JSON.parse(raw).mediaType, mediaType);
      const copy = tempDir(t);
      await copyWhole(stored, `dir:${copy}`);
      assert.equal(readFileSync(join(copy, "manifest.json"), "utf8"), raw);
    });
  }

  it("is unpacked by umoci", async (t) => {
    const { layout } = await bring(image, "team/unpacked", "--preserve-digests");
    const bundle = join(tempDir(t), "bundle");
    const unpack = ["unpack", "--rootless", "--image", `${layout}:latest`, bundle];
    await run(program("umoci"), unpack);
    for (const { seed, bytes } of amd64) {
      const file = readFileSync(join(bundle, "rootfs", `layer-${seed}.bin`));
      assert.ok(file.equals(seededBytes(seed, bytes)), seed);
    }
  });

  it("goes to a layout and an archive that skopeo reads", async (t) => {
    const { name, digest } = await bring(index, "team/exported", "--all", "--preserve-digests");
    const directory = tempDir(t);
    const targets = [`oci:${directory}/layout:out`, `oci-archive:${directory}/archive.tar:out`];
    for (const target of targets) {
      await leecher.ctr(["export", "--quiet", name, target]);
      assert.equal(digestOf(await rawOf(target)), digest, target);
      await copyWhole(target, `dir:${tempDir(t)}`);
    }
  });

  it("stays, and the daemon too, when an export cannot be written", async (t) => {
    const { name } = await bring(image, "team/not-exported", "--preserve-digests");
    const directory = tempDir(t);
    writeFileSync(join(directory, "file"), "");
    for (const target of [`oci:${directory}/file/x`, `oci-archive:${directory}/none/x.tar`]) {
      const { stderr } = await leecher.ctr(["export", "--quiet", name, target], { codes: [1] });
      assert.match(stderr, /^\[ctr\] could not .*(?:ENOTDIR|ENOENT).*\n$/, target);
    }
    await leecher.ctr(["export", "--quiet", name, `oci-archive:${directory}/x.tar`]);
    assert.deepEqual(readdirSync(directory).sort(), ["file", "x.tar"]);
  });
});

describe("one platform of several", { skip }, () => {
  it("is all that is brought, and skopeo finds it in the whole index", async (t) => {
    const registry = await startRegistry(t);
    const index = await makeIndex(t, "1", { amd64, arm64 });
    const name = `${registry.address}/team/app:1`;
    const source = `oci:${index.layout}:1`;
    await skopeo("copy", "--all", "--dest-tls-verify=false", source, `docker://${name}`);
    registry.forgetRequests();
    const puller = await startDaemon(t, [
      "--disable-bt",
      `--insecure-registry=${registry.address}`,
    ]);
    const blobsOf = (...architectures: string[]) =>
      new Set(
        architectures.flatMap((architecture) => {
          const { config, layers } = index.images[architecture] ?? assert.fail(architecture);
          return [config, ...layers].map(({ digest }) => digest);
        }),
      );
    const start = (...flags: string[]) => puller.ctr(["start", "--quiet", ...flags, name]);

    assert.equal((await start("--platform", "linux/arm64")).stdout, `${index.index.digest}\n`);
    assert.deepEqual(new Set(registry.blobTraffic().keys()), blobsOf("arm64"));
    const layout = `oci:${layoutIn(puller, registry.address, "team/app")}:1`;
    assert.equal(digestOf(await rawOf(layout)), index.index.digest);
    const copy = tempDir(t);
    await skopeo("--override-arch", "arm64", "copy", layout, `dir:${copy}`);
    const manifest = readFileSync(join(copy, "manifest.json"));
    assert.equal(sha256(manifest), index.images["arm64"]?.manifest.digest);
    assert.ok(!existsSync(join(copy, "index.json")));

    const other = await puller.ctr(["start", "--platform", "linux/s390x", name], { codes: [1] });
    assert.match(other.stderr, /^\[ctr\] .*linux\/s390x.*linux\/amd64.*linux\/arm64.*\n$/);

    // The rest comes when it is asked for, and nothing comes twice.
    await start("--all-platforms");
    const traffic = registry.blobTraffic();
    assert.deepEqual(new Set(traffic.keys()), blobsOf("amd64", "arm64"));
    for (const [digest, { gets }] of traffic) assert.equal(gets, 1, digest);
  });
});

describe("what skopeo has written", { skip }, () => {
  it("is imported with its digest, and leechers get it without any registry", async (t) => {
    const index = await makeIndex(t, "1", { amd64, arm64 });
    const directory = tempDir(t);
    const sources = {
      layout: `oci:${directory}/layout:some-tag`,
      archive: `oci-archive:${directory}/archive.tar:some-tag`,
    };
    const seeder = await startDaemon(t, ["--bt-seeder"]);
    const leecher = await startDaemon(t, [`--seeder-addr=${seeder.address}`]);
    for (const [kind, source] of Object.entries(sources)) {
      await copyWhole(`oci:${index.layout}:1`, source);
      const name = `registry.example/team/${kind}:1`;
      const imported = await seeder.ctr(["import", "--quiet", source, "--name", name]);
      assert.equal(imported.stdout, `${index.index.digest}\n`);
      const taken = await leecher.ctr(["start", "--quiet", "--all-platforms", name]);
      assert.equal(taken.stdout, `${index.index.digest}\n`);
      const layout = `oci:${layoutIn(leecher, "registry.example", `team/${kind}`)}:1`;
      assert.equal(digestOf(await rawOf(layout)), index.index.digest);
      await copyWhole(layout, `dir:${tempDir(t)}`);
    }
  });

  it("is not copied when nobody says what it is called", async (t) => {
    const image = await makeImage(tempDir(t), { tag: "1", layers: amd64 });
    const directory = tempDir(t);
    const daemon = await startDaemon(t, ["--bt-seeder"]);
    const blobs = join(daemon.root, "blobs/sha256");
    for (const source of [`oci:${directory}/layout:1`, `oci-archive:${directory}/archive.tar:1`]) {
      await copyWhole(`oci:${image.layout}:1`, source);
      const refused = await daemon.ctr(["import", "--quiet", source], { codes: [1, 2] });
      assert.match(refused.stderr, /name it with --name/);
      assert.deepEqual(readdirSync(blobs), []);
    }
    await daemon.ctr(["import", "--quiet", `oci:${directory}/layout:1`, "--name", "team/app:1"]);
    assert.equal(readdirSync(blobs).length, 2 + image.layers.length);
  });
});
