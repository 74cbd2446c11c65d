// The commands that users of the first oci-torrent know by heart, run as they are written, each daemon on a machine of its own.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "./support/at-end.ts";
import { type ImageRecord, makeImage } from "./support/images.ts";
import { createNetwork, type Host, type Network } from "./support/netns.ts";
import { type Running, run, start } from "./support/processes.ts";
import { lacking, ourProgram, program } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const hosts = {
  seeder: { address: "10.10.10.10/24", emptyDirectories: ["/data", "/run"] },
  tracker: { address: "10.10.10.11/24", emptyDirectories: ["/data", "/run"] },
  leecher: { address: "10.10.10.12/24", emptyDirectories: ["/data", "/run"] },
  registry: { address: "10.10.10.13/24" },
} as const;

const hexOf = ({ digest }: { digest: string }) => digest.replace("sha256:", "");
const BAR = /\[[=#>\-\s█░▏▎▍▌▋▊▉]*\]/;

describe("the ancestor's commands", { skip: lacking("docker-registry", "skopeo", "ip") }, () => {
  const scope = suite();
  let net: Network<keyof typeof hosts>;
  let registry: TestRegistry;
  let image: ImageRecord;
  const daemons: Record<string, Running> = {};

  const ctr = (on: Host, ...args: string[]) => run(ourProgram("oci-torrent-ctr"), args, { on });
  const shell = (on: Host, script: string, input?: string) =>
    run(program("busybox"), ["sh", "-c", script], { on, ...(input !== undefined && { input }) });

  before(async () => {
    net = await createNetwork(scope, hosts);
    registry = await startRegistry(scope, { on: net.registry, port: 5000 });
    image = await makeImage(tempDir(scope), {
      tag: "latest",
      layers: [
        { seed: "busybox base", bytes: 3_000_000, gzip: true },
        { seed: "busybox top", bytes: 700_000, gzip: true },
      ],
    });
    await registry.push(image, "library/busybox:latest");
    registry.forgetRequests();
    const config = `registries:\n  docker.io:\n    - url: http://${registry.address}\n      insecure: true\n`;
    await shell(net.seeder, "cat > /data/config.yaml", config);
    daemons["tracker"] = start(
      scope,
      ourProgram("oci-torrentd"),
      ["tracker", "--listen", "tcp://10.10.10.11:6882"],
      { on: net.tracker },
    );
    await daemons["tracker"].line(/tracker ready/);
  });

  it("seed an image", async () => {
    daemons["seeder"] = start(
      scope,
      ourProgram("oci-torrentd"),
      [
        "--debug",
        "--bt-seeder=true",
        "--listen=tcp://10.10.10.10:20000",
        "--bt-tracker=http://10.10.10.11:6882/announce",
      ],
      { on: net.seeder, env: { OCI_TORRENT_CONFIG: "/data/config.yaml" } },
    );
    await daemons["seeder"].line(/"ready"/);
    const { stdout } = await ctr(
      net.seeder,
      "--address=tcp://10.10.10.10:20000",
      "start",
      "docker://busybox",
    );
    const lines = stdout.trimEnd().split("\n");
    const at = (wanted: string) => {
      const index = lines.findIndex((line) => line.startsWith(wanted));
      assert.notEqual(index, -1, `no line begins with ${wanted}:\n${stdout}`);
      return index;
    };
    const order = [
      at("Inspect docker://busybox"),
      at(`Copying config sha256:${hexOf(image.config)}`),
      at("Writing manifest to image destination"),
    ];
    for (const layer of image.layers) {
      const copying = at(`Copying blob sha256:${hexOf(layer)}`);
      assert.ok(copying > 0 && copying < (order[1] ?? 0));
      const begun = lines.indexOf(`Start seeding ${hexOf(layer)}`);
      const seeded = lines.indexOf(`Start seeding ${hexOf(layer)} success`);
      assert.ok(begun > (order[2] ?? 0) && seeded > begun, stdout);
    }
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it("give it to a leecher that never talks to the registry", async () => {
    const before = registry.requests().length;
    daemons["leecher"] = start(
      scope,
      ourProgram("oci-torrentd"),
      [
        "--debug",
        "--seeder-addr=tcp://10.10.10.10:20000",
        "--bt-tracker=http://10.10.10.11:6882/announce",
      ],
      // Slow enough for a bar to be seen.
      { on: net.leecher, env: { OCI_TORRENT_DOWNLOAD_RATE: "2MiB/s" } },
    );
    await daemons["leecher"].line(/"ready"/);
    const { stdout } = await ctr(net.leecher, "start", "docker://busybox");
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines[0], "Get layer info docker://busybox");
    assert.equal(lines[1], "Start download image: docker://busybox");
    for (const layer of image.layers) {
      const steps = [
        "Get torrent data from seeder",
        "Start bittorrent downloading",
        "Copy to OCI directory",
      ].map((step) => lines.indexOf(`${hexOf(layer)}: ${step}`));
      assert.ok(!steps.includes(-1), stdout);
      assert.deepEqual(
        steps,
        [...steps].sort((a, b) => a - b),
      );
    }
    const config = lines.indexOf(`Copying config sha256:${hexOf(image.config)}`);
    assert.ok(config > 0, stdout);
    assert.ok(lines.indexOf("Writing manifest to image destination") > config, stdout);
    assert.equal(registry.requests().length, before);
    // The control: the same log does show what a client asks.
    await shell(net.seeder, `wget -q -O /dev/null http://${registry.address}/v2/`);
    assert.equal(registry.requests().length, before + 1);
  });

  it("draw a live bar on a terminal", async () => {
    await ctr(net.leecher, "remove", "busybox");
    const line = `stty cols 100 rows 40; ${ourProgram("oci-torrent-ctr")} start docker://busybox`;
    const { stdout } = await run(program("script"), ["-qefc", line, "/dev/null"], {
      on: net.leecher,
    });
    assert.match(stdout, BAR);
    assert.match(stdout, /Writing manifest to image destination/);
  });

  it("tell the status in the ancestor's columns", async () => {
    const { stdout } = await ctr(net.leecher, "status", "busybox");
    const [header, ...rows] = stdout.trimEnd().split("\n");
    const columns = ["ID", "STATE", "COMPLETED", "TOTALLEN", "SEEDING"];
    const row = (cells: readonly string[]) =>
      cells
        .map((cell) => cell.padEnd(20))
        .join("")
        .trimEnd();
    assert.equal(header?.trimEnd(), row(columns));
    assert.deepEqual(
      rows.map((line) => line.trimEnd()),
      image.layers.map((layer) =>
        row([hexOf(layer).slice(0, 12), "Started", `${layer.size}`, `${layer.size}`, "true"]),
      ),
    );
  });

  it("leave an OCI image layout in the ancestor's place", async () => {
    const top = "/data/oci-torrentd/oci/library/busybox";
    const { stdout } = await shell(net.leecher, `cd ${top} && find . -type f | sort`);
    const blobs = [image.manifest, image.config, ...image.layers].map(
      (blob) => `./blobs/sha256/${hexOf(blob)}`,
    );
    const expected = [...blobs, "./index.json", "./oci-layout", "./refs/latest"].sort();
    assert.deepEqual(stdout.trimEnd().split("\n"), expected);
    const skopeo = await run(
      program("skopeo"),
      ["inspect", "--format", "{{.Digest}}", `oci:${top}:latest`],
      { on: net.leecher },
    );
    assert.equal(skopeo.stdout.trim(), image.manifest.digest);
  });

  it("stop an image, layer by layer", async () => {
    const { stdout } = await ctr(net.leecher, "stop", "busybox");
    const expected = image.layers.map((layer) => `Stopped: ${hexOf(layer)}`);
    assert.deepEqual(stdout.trimEnd().split("\n").sort(), expected.sort());
    const status = await ctr(net.leecher, "status", "busybox");
    for (const line of status.stdout.trimEnd().split("\n").slice(1)) {
      assert.equal(line.slice(20, 40).trimEnd() === "Started", false, line);
    }
  });

  it("say what went wrong on stderr, in one sentence", async () => {
    const failed = await run(ourProgram("oci-torrent-ctr"), ["status", "nothing"], {
      on: net.leecher,
      codes: [1],
    });
    assert.equal(failed.stdout, "");
    assert.equal(
      failed.stderr,
      "[ctr] no image docker.io/library/nothing:latest here: `oci-torrent-ctr list` shows what there is\n",
    );
  });

  it("take a password as an argument, with a warning", async () => {
    const { stderr } = await ctr(
      net.leecher,
      ...["start", "--username", "somebody", "--password", "canary-password", "docker://busybox"],
    );
    assert.match(stderr, /--password-stdin/);
    assert.ok(!stderr.includes("canary-password"));
    for (const name of ["seeder", "leecher"]) {
      assert.ok(!daemons[name]?.stderr().includes("canary-password"), `the log of the ${name}`);
    }
  });
});
