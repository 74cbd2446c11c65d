// The tests' own tools, tested: what they say must be true before anything else is believed.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { blobTraffic, parseAccessLog } from "./support/access-log.ts";
import { makeImage } from "./support/images.ts";
import { createNetwork } from "./support/netns.ts";
import { run, start } from "./support/processes.ts";
import { lacking, nodeProgram, program } from "./support/programs.ts";
import { startRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const IMAGE = {
  tag: "1",
  layers: [
    { seed: "a", bytes: 300_000 },
    { seed: "b", bytes: 100_000, gzip: true },
  ],
};

describe("declared programs", () => {
  it("are found by absolute path", () => {
    assert.match(program("setpriv"), /^\/.*\/setpriv$/);
  });

  it("are the only ones that are found, whatever the machine has", () => {
    assert.ok(existsSync("/usr/bin/apt-get") || existsSync("/usr/bin/env"));
    assert.throws(() => program("env"), /env is not a declared program/);
  });

  it("are lacking by name when they are not there, like packages without a program", () => {
    assert.equal(lacking("setpriv", "no-such-program"), "needs no-such-program");
    const isInstalled = existsSync("/usr/share/doc/python3-libtorrent");
    assert.equal(lacking("python3-libtorrent") === false, isInstalled);
  });
});

describe("processes", () => {
  it("tell their lines, also those printed before they were asked for", async (t) => {
    const script = "console.log('one'); console.error('two'); setInterval(() => {}, 1000)";
    const running = start(t, nodeProgram, ["-e", script]);
    await running.line(/^two$/);
    const [, which] = await running.line(/^(one)$/);
    assert.equal(which, "one");
    assert.deepEqual(await running.stop(), { code: null, signal: "SIGTERM" });
  });

  it("fail a wait for a line with all their output when they end", async (t) => {
    const running = start(t, nodeProgram, ["-e", "console.error('the reason'); process.exit(3)"]);
    await assert.rejects(running.line(/never/), /ended \(3\)[\s\S]*the reason/);
  });

  it("fail a run that exits otherwise than expected, with all its output", async () => {
    const script = "console.log('some output'); process.exit(5)";
    await assert.rejects(run(nodeProgram, ["-e", script]), /exit code 5[\s\S]*some output/);
    assert.equal((await run(nodeProgram, ["-e", script], { codes: [5] })).code, 5);
  });

  it("end with the test that started them", async (t) => {
    let pid = 0;
    await t.test("a test that leaves a process running", async (inner) => {
      const running = start(inner, nodeProgram, ["-e", "setInterval(() => console.log('on'), 10)"]);
      await running.line(/on/);
      pid = running.pid;
      assert.ok(existsSync(`/proc/${pid}`));
    });
    assert.ok(!existsSync(`/proc/${pid}`));
  });
});

describe("images", () => {
  it("are the same bytes for the same spec, and others for another seed", async (t) => {
    const [first, again] = [await makeImage(tempDir(t), IMAGE), await makeImage(tempDir(t), IMAGE)];
    assert.equal(again.manifest.digest, first.manifest.digest);
    const other = await makeImage(tempDir(t), {
      ...IMAGE,
      layers: [{ seed: "c", bytes: 300_000 }],
    });
    assert.notEqual(other.layers[0]?.digest, first.layers[0]?.digest);
  });

  const skip = lacking("umoci");
  it("are read by umoci", { skip }, async (t) => {
    const { layout, tag, layers } = await makeImage(tempDir(t), IMAGE);
    const bundle = join(tempDir(t), "bundle");
    await run(program("umoci"), [
      "raw",
      "unpack",
      "--rootless",
      "--image",
      `${layout}:${tag}`,
      bundle,
    ]);
    assert.equal(readFileSync(join(bundle, "layer-a.bin")).length, 300_000);
    assert.equal(layers.length, 2);
  });
});

describe("the access log", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const line = (method: string, status: number, bytes: number) =>
    `127.0.0.1 - - [25/Nov/2026:21:52:07 +0000] "${method} /v2/a/blobs/${digest} HTTP/1.1" ${status} ${bytes} "" "x"`;

  it("counts the GETs of a blob and their bytes, and nothing else", () => {
    const log = [line("GET", 200, 7), line("HEAD", 200, 0), "another line", line("GET", 206, 3)];
    const traffic = blobTraffic(parseAccessLog(log.join("\n")));
    assert.deepEqual([...traffic], [[digest, { gets: 2, bytes: 10 }]]);
  });
});

describe("registry", { skip: lacking("docker-registry", "skopeo", "htpasswd", "openssl") }, () => {
  it("takes an image, serves it with its digests, and its log tells every byte", async (t) => {
    const registry = await startRegistry(t);
    const image = await makeImage(tempDir(t), IMAGE);
    await registry.push(image, "team/app:1");
    registry.forgetRequests();
    const [layer] = image.layers;
    assert.ok(layer);
    const blob = await fetch(`${registry.url}/v2/team/app/blobs/${layer.digest}`);
    assert.equal((await blob.bytes()).length, layer.size);
    const manifest = await fetch(`${registry.url}/v2/team/app/manifests/1`, {
      headers: { accept: image.manifest.mediaType },
    });
    assert.equal(manifest.headers.get("docker-content-digest"), image.manifest.digest);
    // The manifest's line comes after the blob's.
    await registry.process.line(/GET \/v2\/team\/app\/manifests\/1 /);
    assert.deepEqual([...registry.blobTraffic()], [[layer.digest, { gets: 1, bytes: layer.size }]]);
  });

  it("serves https and only to an account, when asked to", async (t) => {
    const account = { username: "reader", password: "secret" };
    const registry = await startRegistry(t, { tls: true, account });
    const image = await makeImage(tempDir(t), IMAGE);
    await registry.push(image, "app:1");
    const inspect = ["inspect", "--tls-verify=false", `docker://${registry.address}/app:1`];
    await assert.rejects(run(program("skopeo"), inspect), /authentication required|unauthorized/);
    const creds = ["--creds", "reader:secret"];
    const { stdout } = await run(program("skopeo"), [...inspect, ...creds]);
    assert.equal(JSON.parse(stdout).Digest, image.manifest.digest);
  });
});

describe("network", { skip: lacking("root", "ip", "busybox", "docker-registry") }, () => {
  it("joins hosts that see each other and nothing of the real machine", async (t) => {
    const network = await createNetwork(t, {
      a: { address: "10.10.10.10/24", emptyDirectories: ["/data", "/run"] },
      b: { address: "10.10.10.11/24" },
    });
    const registry = await startRegistry(t, { on: network.a });
    const get = ["wget", "-q", "-O", "-", `${registry.url}/v2/`];
    const { stdout } = await run(program("busybox"), get, { on: network.b });
    assert.equal(stdout, "{}");
    await assert.rejects(run(program("busybox"), get.with(-1, "http://10.10.10.12/")), /exit code/);
    const { stdout: links } = await run(program("ip"), ["-o", "link"], { on: network.a });
    assert.deepEqual(links.match(/(?<=^\d+: )\w+/gm), ["lo", "eth0"]);
  });

  it("gives a host empty directories that the real machine does not see", async (t) => {
    const { a } = await createNetwork(t, {
      a: { address: "10.10.10.10/24", emptyDirectories: ["/data", "/run", "/made/for/this"] },
    });
    const write = "ls /run; touch /data/x /run/x /made/for/this/x; ls /data /run /made/for/this";
    const { stdout } = await run(program("busybox"), ["sh", "-c", write], { on: a });
    assert.deepEqual(stdout.trim().split(/\s+/), [
      "/data:",
      "x",
      "/made/for/this:",
      "x",
      "/run:",
      "x",
    ]);
    for (const path of ["/data/x", "/run/x", "/made"]) assert.ok(!existsSync(path), path);
    const again = await run(program("busybox"), ["ls", "/data", "/run"], { on: a });
    assert.match(again.stdout, /x[\s\S]*x/);
  });
});
