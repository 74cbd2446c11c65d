// Debian's docker-registry, with a password, with TLS, with tokens, as a mirror, and gone.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type Daemon, startDaemon } from "./support/daemons.ts";
import { freePort } from "./support/free-port.ts";
import { type ImageRecord, type ImageSpec, makeImage } from "./support/images.ts";
import { lacking } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";
import { startTokenService } from "./support/token-service.ts";

const skip = lacking("docker-registry", "skopeo", "htpasswd", "openssl");
const account = { username: "reader", password: "the right password" };
const small = { tag: "1", layers: [{ seed: "small", bytes: 200_000, gzip: true }] };

const bytesOf = ({ layers }: ImageRecord) => layers.reduce((sum, { size }) => sum + size, 0);

async function pushed(
  t: TestContext,
  registry: TestRegistry,
  name: string,
  spec: ImageSpec = small,
): Promise<ImageRecord> {
  const image = await makeImage(tempDir(t), spec);
  await registry.push(image, name);
  registry.forgetRequests();
  return image;
}

/** Runs the command to its end, which must be a failure with exit code 1 and this sentence alone. */
async function fails(daemon: Daemon, args: readonly string[], sentence: string, input?: string) {
  const options = { codes: [1], ...(input !== undefined && { input }) };
  const { stderr } = await daemon.ctr(args, options);
  assert.equal(stderr, `[ctr] ${sentence}\n`);
}

const start = (name: string, ...flags: string[]) => ["start", "--quiet", ...flags, name];
const withPassword = ["--username", account.username, "--password-stdin"];

describe("a registry with a password", { skip }, () => {
  it("gives nothing to those who have none or a wrong one, and says so", async (t) => {
    const registry = await startRegistry(t, { account });
    const image = await pushed(t, registry, "team/app:1");
    const name = `${registry.address}/team/app:1`;
    const daemon = await startDaemon(t, [
      "--disable-bt",
      `--insecure-registry=${registry.address}`,
    ]);
    const noFetch = `could not fetch ${name}: the registry`;
    const wanted = "wants a login: pass --username and --password-stdin or --authfile";
    await fails(daemon, start(name), `${noFetch} ${wanted}`);
    const refused = "refuses the login: check the user name and the password or token";
    await fails(daemon, start(name, ...withPassword), `${noFetch} ${refused}`, "a wrong one");
    const right = await daemon.ctr(start(name, ...withPassword), { input: account.password });
    assert.equal(right.stdout, `${image.manifest.digest}\n`);
  });

  it("takes the login of a docker config.json", async (t) => {
    const registry = await startRegistry(t, { account });
    const image = await pushed(t, registry, "team/app:1");
    const name = `${registry.address}/team/app:1`;
    const daemon = await startDaemon(t, [
      "--disable-bt",
      `--insecure-registry=${registry.address}`,
    ]);
    const auth = Buffer.from(`${account.username}:${account.password}`).toString("base64");
    const authfile = join(tempDir(t), "config.json");
    writeFileSync(authfile, JSON.stringify({ auths: { [registry.address]: { auth } } }));
    const { stdout } = await daemon.ctr(start(name, "--authfile", authfile));
    assert.equal(stdout, `${image.manifest.digest}\n`);
  });

  it("sees the password, and nobody else", async (t) => {
    const canary = { username: "reader", password: "canary-Zj4tq" };
    const registry = await startRegistry(t, { account: canary });
    const image = await pushed(t, registry, "team/app:1");
    const name = `${registry.address}/team/app:1`;
    const metrics = `127.0.0.1:${await freePort()}`;
    const insecure = `--insecure-registry=${registry.address}`;
    const flags = ["--bt-seeder", "--debug", insecure, `--metrics-listen=${metrics}`];
    const daemon = await startDaemon(t, flags);
    const { stdout } = await daemon.ctr(start(name, ...withPassword), { input: canary.password });
    const failed = await daemon.ctr(start(`${registry.address}/team/none:1`, ...withPassword), {
      input: canary.password,
      codes: [1],
    });
    const told: Record<string, string> = {
      log: daemon.process.stdout() + daemon.process.stderr(),
      status: (await daemon.ctr(["status", "-o", "json"])).stdout,
      "state files": textsBelow(join(daemon.root, "state")),
      metrics: await (await fetch(`http://${metrics}/metrics`)).text(),
      "command line": readFileSync(`/proc/${daemon.process.pid}/cmdline`, "utf8"),
      environment: readFileSync(`/proc/${daemon.process.pid}/environ`, "utf8"),
      "command line tool": stdout + failed.stdout + failed.stderr,
    };
    const secrets = [
      canary.password,
      Buffer.from(`${canary.username}:${canary.password}`).toString("base64"),
    ];
    for (const [where, text] of Object.entries(told)) {
      for (const secret of secrets)
        assert.ok(!text.includes(secret), `the password is in: ${where}`);
    }
    // The control: what is no secret is there, so the right places were looked at.
    for (const where of ["log", "status", "state files"]) {
      assert.ok(told[where]?.includes(`${registry.address}/team/app:1`), where);
    }
    assert.match(told["metrics"] ?? "", /^oci_torrent_/m);
    assert.ok(told["command line"]?.includes(insecure));
    assert.ok(told["command line tool"]?.includes(image.manifest.digest));
  });
});

function textsBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

describe("a registry with a certificate that nobody knows", { skip }, () => {
  it("is refused, unless the configuration names its authority or allows it", async (t) => {
    const registry = await startRegistry(t, { tls: true });
    const image = await pushed(t, registry, "team/app:1");
    const host = registry.address;
    const name = `${host}/team/app:1`;
    const strict = await startDaemon(t, ["--disable-bt"]);
    const unknown = `nobody known has signed the certificate of ${host}`;
    const way = `set caFile of this registry, or allow it by --insecure-registry ${host}`;
    await fails(strict, start(name), `could not fetch ${name}: ${unknown}: ${way}`);
    assert.deepEqual(registry.requests(), []);

    const endpoint = `- url: ${registry.url}\n      caFile: ${registry.caFile}`;
    const config = `registries:\n  "${host}":\n    ${endpoint}\n`;
    const trusting = await startDaemon(t, ["--disable-bt"], { config });
    assert.equal((await trusting.ctr(start(name))).stdout, `${image.manifest.digest}\n`);

    const careless = await startDaemon(t, ["--disable-bt", `--insecure-registry=${host}`]);
    assert.equal((await careless.ctr(start(name))).stdout, `${image.manifest.digest}\n`);
  });
});

describe("a registry behind a token service", { skip }, () => {
  it("is read with a token for this repository and for reading alone", async (t) => {
    const tokens = await startTokenService(t, account);
    const registry = await startRegistry(t, { tokens, account });
    const image = await pushed(t, registry, "team/app:1");
    const name = `${registry.address}/team/app:1`;
    const daemon = await startDaemon(t, [
      "--disable-bt",
      `--insecure-registry=${registry.address}`,
    ]);
    const refused = "refuses the login: check the user name and the password or token";
    const sentence = `could not fetch ${name}: the registry ${refused}`;
    await fails(daemon, start(name, ...withPassword), sentence, "a wrong one");
    const before = tokens.given.length;
    const { stdout } = await daemon.ctr(start(name, ...withPassword), { input: account.password });
    assert.equal(stdout, `${image.manifest.digest}\n`);
    assert.deepEqual([...new Set(tokens.given.slice(before))], ["repository:team/app:pull"]);
  });
});

describe("the registries of the configuration", { skip }, () => {
  it("ask a mirror first and then the registry itself", async (t) => {
    const mirror = await startRegistry(t);
    const upstream = await startRegistry(t);
    const both = await pushed(t, mirror, "team/both:1");
    await pushed(t, upstream, "team/both:1");
    const other = { tag: "1", layers: [{ seed: "upstream", bytes: 100_000 }] };
    const alone = await pushed(t, upstream, "team/alone:1", other);
    const config = `registries:
  registry.example:
    - url: ${mirror.url}
      insecure: true
      mirror: true
    - url: ${upstream.url}
      insecure: true
`;
    const daemon = await startDaemon(t, ["--disable-bt"], { config });
    const mirrored = await daemon.ctr(start("registry.example/team/both:1"));
    assert.equal(mirrored.stdout, `${both.manifest.digest}\n`);
    assert.deepEqual(upstream.requests(), []);
    const direct = await daemon.ctr(start("registry.example/team/alone:1"));
    assert.equal(direct.stdout, `${alone.manifest.digest}\n`);
    const asked = mirror.requests().filter(({ path }) => path.includes("team/alone"));
    assert.ok(asked.length > 0 && asked.every(({ status }) => status === 404));
    assert.deepEqual([...upstream.blobTraffic().keys()].sort(), [
      ...[alone.config.digest, ...alone.layers.map(({ digest }) => digest)].sort(),
    ]);
  });

  it("stand in for docker.io, whose names need no host", async (t) => {
    const registry = await startRegistry(t);
    const image = await pushed(t, registry, "library/busybox:latest");
    const config = `registries:\n  docker.io:\n    - url: ${registry.url}\n      insecure: true\n`;
    const daemon = await startDaemon(t, ["--disable-bt"], { config });
    const { stdout } = await daemon.ctr(start("busybox"));
    assert.equal(stdout, `${image.manifest.digest}\n`);
    const { images } = JSON.parse((await daemon.ctr(["status", "-o", "json"])).stdout);
    assert.equal(images[0].reference, "docker.io/library/busybox:latest");
    assert.equal(images[0].state, "complete");
    const none = `there is no torrent of ${image.layers[0]?.digest}: BitTorrent is off (--disable-bt)`;
    await fails(
      daemon,
      ["torrent", "busybox", "-o", tempDir(t)],
      `no torrent of ${image.layers[0]?.digest}: ${none}`,
    );
  });
});

describe("a registry that is down", { skip }, () => {
  it("is named, with what to look at", async (t) => {
    const registry = await startRegistry(t);
    const name = `${registry.address}/team/app:1`;
    const daemon = await startDaemon(t, [
      "--disable-bt",
      `--insecure-registry=${registry.address}`,
    ]);
    const image = await pushed(t, registry, "team/app:1");
    await registry.process.stop();
    const refuses = `${registry.address} refuses connections: check that a registry listens there`;
    await fails(daemon, start(name), `could not fetch ${name}: ${refuses}`);

    // It comes back, and nobody has to tell the daemon.
    const port = Number(registry.address.split(":")[1]);
    await startRegistry(t, { port, storage: registry.storage });
    assert.equal((await daemon.ctr(start(name))).stdout, `${image.manifest.digest}\n`);
  });
});

describe("what a registry gives away", { skip }, () => {
  const shared = { seed: "shared", bytes: 4_000_000 };
  const first = { tag: "1", layers: [shared, { seed: "first", bytes: 1_000_000 }] };
  const second = { tag: "2", layers: [shared, { seed: "second", bytes: 1_000_000 }] };

  it("is each byte once for a seeder and two leechers, and nothing that they have", async (t) => {
    const registry = await startRegistry(t);
    const [one, two] = [
      await pushed(t, registry, "team/app:1", first),
      await pushed(t, registry, "team/app:2", second),
    ];
    const seeder = await startDaemon(t, ["--bt-seeder", `--insecure-registry=${registry.address}`]);
    const leechers = [
      await startDaemon(t, [`--seeder-addr=${seeder.address}`]),
      await startDaemon(t, [`--seeder-addr=${seeder.address}`]),
    ];
    const bring = async (tag: string) => {
      registry.forgetRequests();
      await seeder.ctr(start(`${registry.address}/team/app:${tag}`));
      const starts = leechers.map((leecher) =>
        leecher.ctr(["start", "--progress=json", `${registry.address}/team/app:${tag}`]),
      );
      const last = (await Promise.all(starts)).map(({ stdout }) =>
        stdout.trimEnd().split("\n").at(-1),
      );
      return last.map((line) => JSON.parse(line ?? "").totals);
    };

    const firstTotals = await bring("1");
    const once = [one.config, ...one.layers].map(
      ({ digest, size }) => [digest, { gets: 1, bytes: size }] as const,
    );
    assert.deepEqual(registry.blobTraffic(), new Map(once));
    for (const { peerBytes, registryBytes } of firstTotals) {
      assert.deepEqual({ peerBytes, registryBytes }, { peerBytes: bytesOf(one), registryBytes: 0 });
    }

    const secondTotals = await bring("2");
    const [, own] = two.layers;
    assert.ok(own);
    const traffic = registry.blobTraffic();
    assert.deepEqual([...traffic.keys()].sort(), [two.config.digest, own.digest].sort());
    assert.deepEqual(traffic.get(own.digest), { gets: 1, bytes: own.size });
    assert.ok(own.size <= 0.21 * bytesOf(two));
    for (const { peerBytes, localBytes } of secondTotals) {
      assert.deepEqual(
        { peerBytes, localBytes },
        { peerBytes: own.size, localBytes: bytesOf(two) - own.size },
      );
    }
  });
});
