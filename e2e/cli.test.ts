// oci-torrent-ctr with a real daemon: what only shows when both are there.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suite } from "./support/at-end.ts";
import { type Daemon, startDaemon } from "./support/daemons.ts";
import { type BlobRecord, type ImageRecord, makeImage, sha256 } from "./support/images.ts";
import { run, start } from "./support/processes.ts";
import { lacking, ourProgram, program } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const shared = { seed: "cli shared", bytes: 1_500_000 };
const own = { seed: "cli own", bytes: 500_000 };

const pathIn = ({ root }: Daemon, { digest }: BlobRecord) =>
  join(root, "blobs", digest.replace(":", "/"));

const bytesOf = ({ layers }: ImageRecord) => layers.reduce((sum, { size }) => sum + size, 0);

describe("the command line", { skip: lacking("root", "docker-registry", "skopeo") }, () => {
  const scope = suite();
  let registry: TestRegistry;
  let one: ImageRecord;
  let two: ImageRecord;
  let name: string;
  let other: string;

  const insecure = () => `--insecure-registry=${registry.address}`;
  const statusOf = async (daemon: Daemon) =>
    JSON.parse((await daemon.ctr(["status", "-o", "json"])).stdout).images;

  before(async () => {
    registry = await startRegistry(scope);
    one = await makeImage(tempDir(scope), { tag: "1", layers: [shared, own] });
    two = await makeImage(tempDir(scope), { tag: "2", layers: [shared] });
    await registry.push(one, "team/app:1");
    await registry.push(two, "team/app:2");
    name = `${registry.address}/team/app:1`;
    other = `${registry.address}/team/app:2`;
  });

  it("shows one transfer in every form, and nothing else on stdout", async (t) => {
    const daemon = await startDaemon(t, ["--bt-seeder", insecure()]);
    const json = (await daemon.ctr(["start", "--progress=json", name])).stdout;
    const events = json
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(events[0].step, "inspect");
    assert.equal(events.at(-1).step, "done");
    assert.equal(events.at(-1).totals.registryBytes, bytesOf(one));
    const plain = (await daemon.ctr(["start", "--progress=plain", name])).stdout;
    assert.match(plain, /^Inspect docker:\/\/.*\n(?:.*\n)*Done: 2 layers, .* 0B from registry/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
    assert.doesNotMatch(plain, /[\u0000-\u0009\u000b-\u001f]/);
    const [image] = await statusOf(daemon);
    assert.equal(image.state, "seeding");
    for (const [index, blob] of image.blobs.entries()) {
      assert.equal(blob.digest, one.layers[index]?.digest);
      assert.equal(blob.completedBytes, one.layers[index]?.size);
    }
    const wide = (await daemon.ctr(["status", "-o", "wide"])).stdout;
    const yaml = (await daemon.ctr(["status", "-o", "yaml", name])).stdout;
    for (const { infoHash } of image.blobs) {
      assert.match(infoHash, /^[0-9a-f]{40}$/);
      assert.ok(wide.includes(infoHash) && yaml.includes(`infoHash: ${infoHash}`));
    }
  });

  it("lets go of a transfer, which goes on, is watched, and is stopped", async (t) => {
    const daemon = await startDaemon(t, ["--disable-bt", "--download-rate=100KiB/s", insecure()]);
    const detached = await daemon.ctr(["start", "--detach", name]);
    assert.match(detached.stdout, /goes on in the daemon: see "oci-torrent-ctr status"\n$/);
    const late = await daemon.ctr(["--timeout=200ms", "start", name], { codes: [4] });
    assert.equal(
      late.stderr,
      `[ctr] not done within 200ms (--timeout): the transfer of docker://${name} goes on in the daemon; "oci-torrent-ctr stop ${name}" ends it\n`,
    );
    const env = { OCI_TORRENT_ADDRESS: daemon.address };
    const watch = ["status", "--watch", "-o", "json"];
    const watching = start(t, ourProgram("oci-torrent-ctr"), watch, { env });
    await watching.line(/"state":"transferring"/);
    assert.match((await daemon.ctr(["stop", name])).stdout, /^(?:Stopped: [0-9a-f]{64}\n){2}$/);
    await watching.line(/"state":"stopped"/);
    watching.kill("SIGINT");
    assert.equal((await watching.exit).code, 130);
    assert.equal((await statusOf(daemon))[0].state, "stopped");
  });

  it("removes an image, and of its layers those that no other image has", async (t) => {
    const daemon = await startDaemon(t, ["--bt-seeder", insecure()]);
    await daemon.ctr(["start", "--quiet", name]);
    await daemon.ctr(["start", "--quiet", other]);
    const [sharedLayer, ownLayer] = one.layers;
    assert.ok(sharedLayer && ownLayer);
    assert.ok(existsSync(pathIn(daemon, ownLayer)));
    const { stdout } = await daemon.ctr(["remove", name]);
    assert.match(stdout, /^Removed: .*\/team\/app:1 \(503kB freed\)\n$/);
    assert.ok(!existsSync(pathIn(daemon, ownLayer)));
    assert.ok(existsSync(pathIn(daemon, sharedLayer)));
    const list = (await daemon.ctr(["list"])).stdout;
    assert.match(list, /^IMAGE .*\n.*\/team\/app:2 .* Seeding\n$/);
  });

  it("finds a damaged blob, and the daemon brings it anew and serves it", async (t) => {
    const seeder = await startDaemon(t, ["--bt-seeder", insecure()]);
    const leecher = await startDaemon(t, [`--seeder-addr=${seeder.address}`]);
    for (const daemon of [seeder, leecher]) {
      await daemon.ctr(["start", "--quiet", name]);
      assert.equal((await daemon.ctr(["verify", name])).stderr, "");
      const [layer] = one.layers;
      assert.ok(layer);
      const bytes = readFileSync(pathIn(daemon, layer));
      bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
      writeFileSync(pathIn(daemon, layer), bytes);
      const found = await daemon.ctr(["verify", name], { codes: [3] });
      assert.match(found.stdout, new RegExp(`^${layer.digest} +${layer.size} +CORRUPT$`, "m"));
      assert.match(found.stderr, /^\[ctr\] 1 of 4 blobs are damaged or missing: /);
      // It joins what verify has begun.
      await daemon.ctr(["start", "--quiet", name]);
      assert.equal(sha256(readFileSync(pathIn(daemon, layer))), layer.digest);
      await daemon.ctr(["verify", name]);
    }
    const fresh = await startDaemon(t, [`--seeder-addr=${seeder.address}`]);
    assert.equal((await fresh.ctr(["start", "--quiet", name])).stdout, `${one.manifest.digest}\n`);
    await fresh.ctr(["verify"]);
  });

  it("is for those who may use the socket, and says so when the daemon is gone", async (t) => {
    const daemon = await startDaemon(t, ["--disable-bt", insecure()]);
    const socket = daemon.address.replace("unix://", "");
    assert.equal(statSync(socket).mode & 0o777, 0o660);
    // It may read everything, wherever this repository lies, but write nothing of ours.
    const reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", ...reading, "--"];
    const listing = [ourProgram("oci-torrent-ctr"), `--address=${daemon.address}`, "list"];
    const refused = await run(program("setpriv"), [...nobody, ...listing], { codes: [1] });
    const sentence = `[ctr] no permission on ${socket}: run as root or join group root\n`;
    assert.deepEqual([refused.stdout, refused.stderr], ["", sentence]);
    assert.match((await run(program("setpriv"), ["--", ...listing])).stdout, /^IMAGE/);

    await daemon.process.stop();
    for (const command of ["list", "verify"]) {
      const gone = await daemon.ctr([command], { codes: [1] });
      assert.equal(gone.stdout, "");
      assert.match(gone.stderr, /^\[ctr\] daemon not reachable at unix:.*start oci-torrentd/);
    }
  });
});
