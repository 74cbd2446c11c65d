// A disk that is too small: the transfer pauses and says so, the daemon lives, and the work goes on when there is room.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import { createNetwork, type Host, type Network } from "../support/netns.ts";
import { run, start } from "../support/processes.ts";
import { lacking, ourProgram, program } from "../support/programs.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";

const hosts = {
  seeder: { address: "10.10.20.10/24", emptyDirectories: ["/data", "/run"] },
  leecher: { address: "10.10.20.11/24", emptyDirectories: ["/data", "/run"] },
  registry: { address: "10.10.20.12/24" },
} as const;

describe("a full disk", { skip: lacking("root", "docker-registry", "skopeo", "ip") }, () => {
  const scope = suite();
  let net: Network<keyof typeof hosts>;
  let registry: TestRegistry;
  let image: ImageRecord;
  let reference: string;

  const resize = (on: Host, size: string) =>
    run(program("mount"), ["-o", `remount,size=${size}`, "/data"], { on });
  const ctr = (on: Host, ...args: string[]) => run(ourProgram("oci-torrent-ctr"), args, { on });

  before(async () => {
    net = await createNetwork(scope, hosts);
    registry = await startRegistry(scope, { on: net.registry, port: 5000 });
    const layers = [
      { seed: "fits", bytes: 1_000_000 },
      { seed: "does not", bytes: 12_000_000 },
    ];
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, "big:1");
    reference = `${registry.address}/big:1`;
  });

  async function pausesAndGoesOn(on: Host, args: readonly string[]): Promise<void> {
    await resize(on, "8m");
    const daemon = start(scope, ourProgram("oci-torrentd"), args, { on });
    await daemon.line(/"ready"/);
    await ctr(on, "start", "--detach", reference);
    const watch = start(
      scope,
      ourProgram("oci-torrent-ctr"),
      ["status", "--watch", "-o", "json", reference],
      { on },
    );
    await watch.line(/DiskPressure/);
    await watch.line(/the disk is full: the transfer goes on when there is room/);
    await resize(on, "64m");
    await ctr(on, "--timeout", "60s", "start", reference);
    await watch.stop();
    const { stdout } = await ctr(on, "verify", reference);
    assert.equal(stdout.match(/ OK/g)?.length, 2 + image.layers.length, stdout);
    const { stdout: left } = await run(
      program("busybox"),
      ["find", "/data/oci-torrentd/partial", "-type", "f"],
      { on },
    );
    assert.equal(left, "");
  }

  it("pauses a seeder's fetch, and it goes on when there is room", async () => {
    await pausesAndGoesOn(net.seeder, [
      ...["--bt-seeder", "--listen", "tcp://10.10.20.10:20000"],
      ...["--listen", "unix:///run/oci-torrentd/oci-torrentd.sock"],
      ...["--insecure-registry", registry.address],
    ]);
  });

  it("pauses a leecher's download, and it goes on when there is room", async () => {
    await pausesAndGoesOn(net.leecher, ["--seeder-addr", "tcp://10.10.20.10:20000"]);
  });
});
