// The whole of it in a cluster: one object is applied, controllers and agents are processes of their own, and kubectl tells the truth.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { swarmName } from "../../src/bt/index.ts";
import { suite } from "../support/at-end.ts";
import { type BlobRecord, type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { aFleet, type TestFleet } from "./fleet.ts";
import { NAMESPACE } from "./manifests.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
const account = { username: "reader", password: "the right password" };

/** Six layers that no other image has. */
const anImage = (directory: string, name: string) =>
  makeImage(directory, {
    tag: "1",
    layers: [4, 3, 2, 2, 1, 1].map((mebibytes, i) => ({
      seed: `operator ${name} ${i}`,
      bytes: mebibytes * 2 ** 20,
    })),
  });

const sizeOf = ({ config, layers }: ImageRecord) =>
  [config, ...layers].reduce((sum, blob) => sum + blob.size, 0);

describe("an operator's image", {
  skip: lackingCluster("docker-registry", "skopeo", "htpasswd"),
  timeout: 300_000,
}, () => {
  const scope = suite();
  let fleet: TestFleet;
  let registry: TestRegistry;
  let locked: TestRegistry;
  let image: ImageRecord;

  before(async () => {
    registry = await startRegistry(scope);
    locked = await startRegistry(scope, { account });
    image = await anImage(tempDir(scope), "open");
    await registry.push(image, "app:1");
    await locked.push(await anImage(tempDir(scope), "locked"), "app:1");
    for (const one of [registry, locked]) one.forgetRequests();
    fleet = await aFleet(scope, 40, [registry, locked]);
  });

  it("is on every node, and was taken from the registry once a zone", async () => {
    const { kubectl, distribute, status, agents } = fleet;
    await distribute("app", { image: `${registry.address}/app:1` });
    await kubectl("wait", "imgdist/app", "--for=condition=Ready", "--timeout=2m");

    const line = await kubectl("get", "imagedistributions", "--no-headers");
    assert.match(line, /^app +127\.0\.0\.1:\d+\/app:1 +6\/6 +100% +2 +\d+% +Complete +\d+s/);
    const size = sizeOf(image);
    const given = [...registry.blobTraffic().values()].reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(given >= size && given <= 2.04 * size, `${given} of ${size} bytes`);
    const { layers = [] } = await status("app");
    assert.deepEqual(
      new Map(layers.map(({ digest, bytes }) => [digest, bytes])),
      new Map(image.layers.map(({ digest, size: bytes }) => [digest, bytes])),
    );
    for (const { state, nodesComplete } of layers) {
      assert.deepEqual([state, nodesComplete], ["Complete", 6]);
    }
    // Each agent writes its own, a few seconds later.
    const rows = [...agents.keys()].map((name) => new RegExp(`^${name} +Running +1/1 `, "m"));
    await until("each node is there", SOON_MS, async () => {
      const sets = await kubectl("get", "nis", "--no-headers");
      return rows.every((row) => row.test(sets)) ? true : undefined;
    });
  });

  it("is told by one controller of two, as their probes and metrics say", async () => {
    const leads = await Promise.all(
      fleet.controllers.map(async ({ metricsUrl }) => {
        const ready = await fetch(`${metricsUrl}/readyz?verbose`);
        assert.deepEqual(
          [ready.status, await ready.text()],
          [200, "[+] tracker ok\n[+] sessions ok\n[+] api ok\nok\n"],
        );
        const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
        const sessions = /^oci_torrent_controller_sessions (\d+)$/m.exec(metrics)?.[1];
        const leader = /^oci_torrent_controller_is_leader (\d)$/m.exec(metrics)?.[1];
        const writes = /resource="imagedistributions\/status",code="200"\} (\d+)/.exec(
          metrics,
        )?.[1];
        return { leader, sessions, hasWritten: Number(writes ?? 0) > 0 };
      }),
    );
    assert.deepEqual(
      leads.toSorted((a, b) => Number(b.leader) - Number(a.leader)),
      [
        { leader: "1", sessions: "6", hasWritten: true },
        { leader: "0", sessions: "0", hasWritten: false },
      ],
    );
  });

  /** What the tracker of the controller that leads answers to somebody who has come for this blob. */
  async function announce({ digest, size }: BlobRecord): Promise<string> {
    const { controllers, leader } = fleet;
    const leads = await leader();
    const leading = controllers.find(({ identity }) => identity === leads) ?? assert.fail();
    const [, url] = await leading.process.line(/"ready for agents".*"tracker":"([^"]+)"/);
    const hash = swarmName({ name: digest.replace("sha256:", ""), size }).replace(/../g, "%$&");
    const peer = "peer_id=-XX0000-somebody1234&port=6881&uploaded=0&downloaded=0&left=1&compact=1";
    return await (await fetch(`${url}?info_hash=${hash}&${peer}`)).text();
  }

  it("has its layers' swarms on the tracker, and nothing else is there", async () => {
    const [layer] = image.layers;
    assert.ok(layer);
    assert.match(await announce(layer), /^d8:complete/);
    const refused = /14:failure reason.*this tracker does not serve this torrent/;
    assert.match(await announce({ ...layer, size: layer.size + 1 }), refused);
  });

  const putSecret = async (password: string) => {
    const { kubectl, cluster } = fleet;
    const secret = await kubectl(
      ...["create", "secret", "docker-registry", "login", `--docker-server=${locked.address}`],
      ...[`--docker-username=${account.username}`, `--docker-password=${password}`],
      ...["--dry-run=client", "-o", "json"],
    );
    await cluster.kubectl(["apply", "-f", "-"], { input: secret });
  };

  it("waits for the right password, with which the controller alone tries", async () => {
    const { kubectl, distribute } = fleet;
    await kubectl(
      ...["create", "rolebinding", "pull-secrets", "--clusterrole=oci-torrent-pull-secrets"],
      `--serviceaccount=${NAMESPACE}:oci-torrent-controller`,
    );
    await putSecret("the wrong password");
    const imagePullSecrets = [{ name: "login" }];
    await distribute("private", { image: `${locked.address}/app:1`, imagePullSecrets });
    await until("it is unauthorized", SOON_MS, async () => {
      const line = await kubectl("get", "imgdist", "private", "--no-headers");
      return / Unauthorized +\d+s/.test(line) ? true : undefined;
    });
    // Agents connect from the addresses of their nodes.
    const clients = () => new Set(locked.requests().map(({ client }) => client));
    assert.deepEqual([...clients()], ["127.0.0.1"]);

    await putSecret(account.password);
    await kubectl("annotate", "imgdist", "private", "oci-torrent.io/refresh=now");
    await kubectl("wait", "imgdist/private", "--for=condition=Ready", "--timeout=2m");
    assert.ok([...clients()].some((client) => client.startsWith("127.0.41.")));

    const processes = [...fleet.controllers, ...fleet.agents.values()];
    const told = [
      ...processes.map(({ process }) => process.stderr()),
      await kubectl("get", "imgdist,nis,events", "--all-namespaces", "-o", "yaml"),
    ].join("\n");
    assert.ok(told.includes(locked.address));
    for (const secret of [account.password, "the wrong password"]) {
      assert.ok(!told.includes(secret) && !told.includes(btoa(secret)), secret);
    }
  });
});
