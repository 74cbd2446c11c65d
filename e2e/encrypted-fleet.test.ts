// A fleet of daemons with certificates: they bring an image to each other, and nobody else gets a byte.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { createAuthority, createCertificate } from "../src/oci/testing/index.ts";
import { type Scope, suite } from "./support/at-end.ts";
import { startDaemon } from "./support/daemons.ts";
import { freePort } from "./support/free-port.ts";
import { type ImageRecord, makeImage } from "./support/images.ts";
import { lacking } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

/** The flags of a daemon with a certificate of this authority. */
function identity(scope: Scope, authority = createAuthority()): readonly string[] {
  const directory = tempDir(scope);
  const { key, cert } = createCertificate({ hosts: ["127.0.0.1"], issuer: authority });
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  return [
    `--tls-cert=${file("cert.pem", cert)}`,
    `--tls-key=${file("key.pem", key)}`,
    `--tls-client-ca=${file("ca.pem", authority.cert)}`,
  ];
}

describe("a fleet with certificates", { skip: lacking("docker-registry", "skopeo") }, () => {
  const scope = suite();
  let registry: TestRegistry;
  let image: ImageRecord;
  let reference: string;

  before(async () => {
    registry = await startRegistry(scope);
    const layers = [{ seed: "encrypted", bytes: 5_000_000 }];
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, "encrypted:1");
    reference = `docker://${registry.address}/encrypted:1`;
  });

  async function seederWith(identityFlags: readonly string[], on: Scope) {
    const peerPort = await freePort();
    const seeder = await startDaemon(on, [
      ...["--bt-seeder", `--insecure-registry=${registry.address}`, `--bt-port=${peerPort}`],
      ...["--listen=tcp://127.0.0.1:0", "--bind-address=127.0.0.1", ...identityFlags],
    ]);
    const [, port] = await seeder.process.line(/"ready".*tcp:\/\/127\.0\.0\.1:(\d+)/);
    await seeder.ctr(["start", reference]);
    return { seeder, peerPort, address: `tcp://127.0.0.1:${port}` };
  }
  const leecherOf = (address: string, identityFlags: readonly string[], on: Scope) =>
    startDaemon(on, [`--seeder-addr=${address}`, "--bind-address=127.0.0.1", ...identityFlags]);

  it("brings an image to its members alone", async (t) => {
    const authority = createAuthority();
    const { address } = await seederWith(identity(t, authority), t);
    const stranger = await leecherOf(address, identity(t), t);
    const refused = await stranger.ctr(["start", "--wait=1s", reference], { codes: [1] });
    assert.match(refused.stderr, /^\[ctr\] .*no seeder answers/m);
    const member = await leecherOf(address, identity(t, authority), t);
    await member.ctr(["start", reference]);
    const verified = await member.ctr(["verify", reference]);
    assert.ok(verified.stdout.includes(image.manifest.digest.slice(7, 19)), verified.stdout);
  });

  /** What a BitTorrent client hears that connects for one of the layers and speaks no TLS. */
  async function hear(port: number, infoHash: string): Promise<string> {
    const socket = connect(port, "127.0.0.1");
    const hello = Buffer.from(`\u0013BitTorrent protocol${"\0".repeat(8)}`, "latin1");
    socket.write(Buffer.concat([hello, Buffer.from(infoHash, "hex"), Buffer.alloc(20, "x")]));
    socket.on("error", () => {});
    let heard = "";
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      if (heard.length >= 68) socket.destroy();
    });
    await once(socket, "close");
    return heard;
  }

  it("does not answer BitTorrent clients, and without certificates it does", async (t) => {
    for (const [flags, answers] of [
      [identity(t), false],
      [[], true],
    ] as const) {
      const { seeder, peerPort } = await seederWith(flags, t);
      const { stdout } = await seeder.ctr(["status", reference, "-o", "json"]);
      const infoHash = /"infoHash":\s*"([0-9a-f]{40})"/.exec(stdout)?.[1] ?? "";
      assert.equal(infoHash.length, 40, stdout);
      assert.equal((await hear(peerPort, infoHash)).includes("BitTorrent protocol"), answers);
    }
  });
});
