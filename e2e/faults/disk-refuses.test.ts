// A disk that takes no more files, or none at all: the transfer pauses and says why, and goes on when the disk does.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import { createNetwork, type Network } from "../support/netns.ts";
import { type Running, run, start } from "../support/processes.ts";
import { lacking, ourProgram, program } from "../support/programs.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";

const hosts = {
  seeder: { address: "10.10.24.10/24", emptyDirectories: ["/data", "/run"] },
  registry: { address: "10.10.24.12/24" },
} as const;
const LAYERS = 8;

describe("a disk that refuses", {
  skip: lacking("root", "docker-registry", "skopeo", "ip"),
}, () => {
  const scope = suite();
  let net: Network<keyof typeof hosts>;
  let registry: TestRegistry;
  let image: ImageRecord;
  let reference: string;

  const remount = (options: string) =>
    run(program("mount"), ["-o", `remount,${options}`, "/data"], { on: net.seeder });
  const ctr = (...args: string[]) => run(ourProgram("oci-torrent-ctr"), args, { on: net.seeder });
  /** Says each change of the image's state. */
  const watch = (): Running => {
    const args = ["status", "--watch", "-o", "json", reference];
    return start(scope, ourProgram("oci-torrent-ctr"), args, { on: net.seeder });
  };

  before(async () => {
    net = await createNetwork(scope, hosts);
    registry = await startRegistry(scope, { on: net.registry, port: 5000 });
    const layers = Array.from({ length: LAYERS }, (_, index) => ({
      seed: `layer ${index}`,
      bytes: 100_000,
    }));
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, "files:1");
    reference = `${registry.address}/files:1`;
    const args = ["--bt-seeder", "--insecure-registry", registry.address];
    await start(scope, ourProgram("oci-torrentd"), args, { on: net.seeder }).line(/"ready"/);
  });

  async function assertGoesOn(paused: Running): Promise<void> {
    await ctr("--timeout", "60s", "start", reference);
    await paused.stop();
    const { stdout } = await ctr("verify", reference);
    assert.equal(stdout.match(/ OK/g)?.length, 2 + image.layers.length, stdout);
    await ctr("remove", reference);
  }

  it("more files pauses the transfer, which goes on when it takes them", async () => {
    const { stdout } = await run(program("busybox"), ["df", "-i", "/data"], { on: net.seeder });
    const used = Number(/\s(\d+)\s+\d+\s+\d+%\s+\/data$/m.exec(stdout)?.[1]);
    await remount(`nr_inodes=${used + LAYERS / 2}`);
    await ctr("start", "--detach", reference);
    const paused = watch();
    await paused.line(/DiskPressure/);
    await remount("nr_inodes=100000");
    await assertGoesOn(paused);
  });

  it("to be written pauses the transfer, which goes on when it can be", async () => {
    // The image is known already, so nothing needs to be written to start it; then the disk can be remounted, as nothing is open.
    await ctr("start", reference);
    await ctr("stop", reference);
    const [layer = assert.fail()] = image.layers;
    const file = `/data/oci-torrentd/blobs/${layer.digest.replace(":", "/")}`;
    await run(program("busybox"), ["rm", file], { on: net.seeder });
    registry.process.kill("SIGSTOP");
    const paused = watch();
    start(scope, ourProgram("oci-torrent-ctr"), ["start", reference], { on: net.seeder });
    await paused.line(/resolving/i);
    await remount("ro");
    registry.process.kill("SIGCONT");
    await paused.line(/DiskReadOnly/);
    await paused.line(/the disk is read-only: the transfer goes on when it can be written/);
    await remount("rw");
    await assertGoesOn(paused);
  });
});
