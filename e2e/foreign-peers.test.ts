// Other people's BitTorrent clients take an image's layers from us by the .torrent files, and give them to us.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type Daemon, startDaemon } from "./support/daemons.ts";
import {
  type StartForeignClient,
  startAria2,
  startLibtorrent,
  startTransmission,
} from "./support/foreign-clients.ts";
import { type ImageRecord, makeImage, sha256 } from "./support/images.ts";
import { createNetwork, type Host } from "./support/netns.ts";
import { run } from "./support/processes.ts";
import { lacking, program } from "./support/programs.ts";
import { startRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

// They do not speak to peers on 127.0.0.0/8.
const hosts = {
  seeder: { address: "10.10.10.10/24" },
  foreign: { address: "10.10.10.11/24" },
  leecher: { address: "10.10.10.12/24" },
} as const;
const API_PORT = 20_000;
const TRACKER_PORT = 6_882;

const spec = {
  tag: "1",
  layers: [
    { seed: "foreign base", bytes: 3_000_000 },
    { seed: "foreign top", bytes: 700_000, gzip: true },
  ],
};

const clients: Readonly<Record<string, StartForeignClient>> = {
  aria2: startAria2,
  libtorrent: startLibtorrent,
  transmission: startTransmission,
};
const needs = ["root", "ip", "iptables", "docker-registry", "skopeo", "aria2c"];
const skip = lacking(...needs, "transmission-daemon", "python3", "python3-libtorrent");

const bytesOf = ({ layers }: ImageRecord) => layers.reduce((sum, { size }) => sum + size, 0);

/** From now on the host hears of the seeder what its API and tracker say, and nothing of its BitTorrent side. */
async function shutOutSeedersPieces(on: Host): Promise<void> {
  const ports = `${API_PORT},${TRACKER_PORT}`;
  const others = ["-m", "multiport", "!", "--sports", ports];
  const rule = ["INPUT", "-s", hosts.seeder.address.replace("/24", ""), "-p", "tcp", ...others];
  await run(program("iptables"), ["-A", ...rule, "-j", "DROP"], { on });
}

async function packetsShutOut(on: Host): Promise<number> {
  const { stdout } = await run(program("iptables"), ["-nvxL", "INPUT"], { on });
  return Number(/^\s*(\d+) .*DROP/m.exec(stdout)?.[1]);
}

const hexOf = ({ digest }: { digest: string }) => digest.replace("sha256:", "");

function assertHasLayers(directory: string, { layers }: ImageRecord): void {
  for (const layer of layers) {
    assert.equal(sha256(readFileSync(join(directory, hexOf(layer)))), layer.digest);
  }
}

async function startSeeder(
  t: TestContext,
  on: Host,
): Promise<{ seeder: Daemon; image: ImageRecord; name: string }> {
  const registry = await startRegistry(t, { on });
  const image = await makeImage(tempDir(t), spec);
  const name = `${registry.address}/team/app:1`;
  await registry.push(image, "team/app:1");
  const listen = `--listen=tcp://${on.address}:${API_PORT}`;
  const insecure = `--insecure-registry=${registry.address}`;
  const seeder = await startDaemon(t, ["--bt-seeder", listen, insecure], { on });
  await seeder.ctr(["start", "--quiet", name]);
  return { seeder, image, name };
}

describe("a foreign client", { skip, concurrency: true }, () => {
  for (const [client, startClient] of Object.entries(clients)) {
    it(`takes from us and gives to us: ${client}`, async (t) => {
      const net = await createNetwork(t, hosts);
      const { seeder, image, name } = await startSeeder(t, net.seeder);
      const { stdout } = await seeder.ctr(["torrent", name, "-o", tempDir(t)]);
      const torrents = stdout.trimEnd().split("\n");
      const named = torrents.map((path) => basename(path, ".torrent"));
      assert.deepEqual(named, image.layers.map(hexOf));

      const foreign = await startClient(t, net.foreign, torrents);
      await foreign.complete();
      assertHasLayers(foreign.directory, image);
      assert.equal(await foreign.uploadedBytes(), 0);

      await shutOutSeedersPieces(net.leecher);
      const seederAddress = `--seeder-addr=tcp://${net.seeder.address}:${API_PORT}`;
      const leecher = await startDaemon(t, [seederAddress], { on: net.leecher });
      const started = await leecher.ctr(["start", "--quiet", name]);
      assert.equal(started.stdout, `${image.manifest.digest}\n`);
      assertHasLayers(join(leecher.root, "blobs/sha256"), image);
      // It did try the seeder, in vain, and every byte was sent by the foreign client.
      assert.ok((await packetsShutOut(net.leecher)) > 0);
      assert.ok((await foreign.uploadedBytes()) >= bytesOf(image));
    });
  }
});
