// Who becomes a member of the agents' swarm. Controller and agent are processes of their own; tokens are those of pods on a real API server.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { connect as connectTls, type SecureContextOptions } from "node:tls";
import { credentials, status } from "@grpc/grpc-js";
import { ControllerClient, controllerMethods, unary } from "../../src/api/index.ts";
import { aRequest, CONTROLLER_NAME } from "../../src/controller/testing/index.ts";
import { suite } from "../support/at-end.ts";
import { makeCertificate } from "../support/certificate.ts";
import { tempDir } from "../support/temp.ts";
import { anOwnCluster } from "./cluster.ts";
import { publishedBundle, startController, startNode, type TestController } from "./fleet.ts";
import { AGENT, applyManifests, NAMESPACE } from "./manifests.ts";
import { makeNode, makePod, podToken } from "./nodes.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 30_000;
/** Where the agent's peers reach it. */
const PEER_PORT = { host: "127.0.85.1", port: 6880 };
/** A node where the test itself is the agent. */
const GUEST = { name: "guest", address: "127.0.85.2" };
const TRUST_DOMAIN = "cluster.local";

/** With these words agents begin to speak with each other. */
const GREETING = Buffer.concat([
  Buffer.from("\x13BitTorrent protocol\0\0\0\0\0\x10\0\x04", "latin1"),
  createHash("sha1").update(`oci-torrent link 1\n${TRUST_DOMAIN}`).digest(),
  Buffer.from("-XX0000-somebody1234"),
]);

/** The first that comes back to somebody who greets; nothing when the agent hangs up before. */
async function answerTo(socket: Socket): Promise<Buffer> {
  socket.write(GREETING);
  const first = new Promise<Buffer>((resolve) => {
    socket.once("data", resolve);
    socket.on("error", () => {});
    socket.once("close", () => resolve(Buffer.of()));
  });
  return await first.finally(() => socket.destroy());
}

const answerOverTls = (pair: Pick<SecureContextOptions, "cert" | "key">) =>
  answerTo(connectTls({ ...PEER_PORT, ...pair, rejectUnauthorized: false }));

describe("a member of the swarm", { skip: lackingCluster("openssl"), timeout: 200_000 }, () => {
  const scope = suite();
  let controller: TestController;
  let bundle: string;
  let token: string;
  before(async () => {
    const cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    controller = await startController(scope, cluster, "127.0.84.1", []);
    const node = { name: "host", address: PEER_PORT.host, zone: "a" };
    const { process } = await startNode(scope, cluster, node, [controller], []);
    await process.line(/"session open"/);
    bundle = await publishedBundle(cluster);
    await makeNode(cluster, GUEST);
    const pod = { name: "agent-guest", namespace: NAMESPACE, serviceAccount: AGENT, node: GUEST };
    await makePod(cluster, pod);
    token = await podToken(cluster, pod, "oci-torrent");
  });

  /** Asks the controller for a certificate, with the token of the guest's pod. */
  async function certificateFor(node: string, csr: Buffer): Promise<string> {
    const tls = credentials.createSsl(Buffer.from(bundle));
    const client = new ControllerClient(controller.identity, tls, {
      "grpc.ssl_target_name_override": CONTROLLER_NAME,
      "grpc.enable_http_proxy": 0,
    });
    const metadata = { authorization: `Bearer ${token}` };
    try {
      const request = { node, csr };
      return (await unary(client, controllerMethods.SignAgent, request, { metadata })).certificate;
    } finally {
      client.close();
    }
  }

  it("gets a certificate for its own node, whatever it asks for", async () => {
    const { csr } = await aRequest({ names: [`spiffe://${TRUST_DOMAIN}/node/host`] });
    const own = new X509Certificate(await certificateFor("guest", csr));
    assert.equal(
      own.subjectAltName,
      `URI:spiffe://${TRUST_DOMAIN}/node/guest, IP Address:${GUEST.address}`,
    );
    await assert.rejects(certificateFor("host", csr), {
      code: status.PERMISSION_DENIED,
      details: /no certificate for host is given to it/,
    });
  });

  it("is answered by its peers, and nobody else gets a byte from them", async () => {
    const { csr, key } = await aRequest({});
    const member = { key, cert: await certificateFor("guest", csr) };
    const answer = await until("the agent answers", SOON_MS, async () => {
      const bytes = await answerOverTls(member);
      return bytes.length > 0 ? bytes : undefined;
    });
    assert.ok(answer.includes("BitTorrent protocol"));

    const directory = tempDir(scope);
    await makeCertificate(directory, GUEST.address);
    const [selfMade, itsKey] = ["cert.pem", "key.pem"].map((file) =>
      readFileSync(join(directory, file)),
    );
    assert.deepEqual(await answerOverTls({}), Buffer.of());
    assert.deepEqual(await answerOverTls({ cert: selfMade, key: itsKey }), Buffer.of());
    // TLS says that this is none.
    const ALERT = 0x15;
    const plain = await answerTo(connect(PEER_PORT));
    assert.ok(plain.length === 0 || (plain.length === 7 && plain[0] === ALERT), plain.toString());
    assert.ok((await answerOverTls(member)).length > 0);
  });
});
