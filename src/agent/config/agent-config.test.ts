import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agent, DEFAULT_FILE, problems, request } from "./testing/command-line.ts";

const place =
  "--node-name node-1 --pod-uid 0a1b --node-address 10.0.0.1 --controller c.ns.svc:7443";

describe("an agent's configuration", () => {
  it("says who and where it is, and has defaults for the rest", () => {
    const { cluster, peerListen, role } = agent(`agent ${place}`);
    assert.deepEqual(cluster, {
      nodeName: "node-1",
      podUid: "0a1b",
      addresses: ["10.0.0.1"],
      hashListen: { host: "0.0.0.0", port: 6884 },
      controllers: [{ host: "c.ns.svc", port: 7443 }],
      controllerName: "oci-torrent-controller.oci-torrent.svc",
      controllerCaFile: "/var/run/oci-torrent/ca/ca.crt",
      sessionTokenFile: "/var/run/secrets/oci-torrent/token",
      store: { minFreePercent: 10, maxBytes: { unit: "percent", percent: 15 } },
    });
    assert.deepEqual(peerListen, { host: "0.0.0.0", port: 6880 });
    assert.deepEqual(role, { kind: "leecher", seeders: [], trackers: [] });
  });

  it("comes from the environment too, as a pod has it, and a daemon's file counts", () => {
    const env = {
      OCI_TORRENT_NODE_NAME: "node-2",
      OCI_TORRENT_POD_UID: "77",
      OCI_TORRENT_NODE_ADDRESS: "10.0.0.2,fd00::2",
      OCI_TORRENT_CONTROLLER: "10.0.0.9:7443,10.0.0.8:7443",
      // Kubernetes makes this up for the Service.
      OCI_TORRENT_CONTROLLER_PORT: "tcp://10.0.0.7:7443",
    };
    const files = { [DEFAULT_FILE]: "rootDir: /data\nbittorrent: {seeder: true}\n" };
    const config = agent("agent --bind-address 10.0.0.2", { env, files });
    assert.deepEqual(config.cluster.addresses, ["10.0.0.2", "fd00::2"]);
    assert.equal(config.cluster.controllers.length, 2);
    assert.deepEqual(config.peerListen, { host: "10.0.0.2", port: 6880 });
    assert.equal(config.rootDir, "/data");
  });

  it("finds the API server as every pod does, unless it is told another", () => {
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    assert.equal(agent(`agent ${place}`).cluster.api, undefined);
    assert.deepEqual(agent(`agent ${place}`, { env }).cluster.api, {
      server: "https://[fd00::1]:443",
      tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
      caFile: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
    });
    const told = agent(`agent ${place} --api-server https://127.0.0.1:6443 --api-token t`, { env });
    assert.equal(told.cluster.api?.server, "https://127.0.0.1:6443");
    assert.equal(told.cluster.api?.tokenFile, "/home/op/t");
  });

  const mistakes: Record<string, readonly [string, RegExp]> = {
    "not said who it is": [
      "agent --node-name node-1",
      /^an agent must be told who and where it is: --pod-uid, --node-address, --controller missing$/,
    ],
    "with a node's name that is none": [
      `agent ${place.replace("node-1", "A/b")}`,
      /not the name of a node/,
    ],
    "with a pod's uid of two words": [
      `agent ${place.replace("--pod-uid 0a1b", "--pod-uid=")}`,
      /not a word/,
    ],
    "with an API server that is none": [
      `agent ${place} --api-server https://u:p@host/path`,
      /is not the URL of a server/,
    ],
    "with too many addresses": [
      `agent ${place} ${[2, 3, 4, 5].map((n) => `--node-address 10.0.0.${n}`).join(" ")}`,
      /5 addresses, and at most 4 are allowed$/,
    ],
    "with a flag of another command": [
      `agent ${place} --bt-seeder`,
      /^--bt-seeder: not a flag of oci-torrentd agent$/,
    ],
    "with a word too many": [`agent ${place} now`, /unexpected argument "now"/],
  };
  for (const [what, [line, sentence]] of Object.entries(mistakes)) {
    it(`is refused ${what}`, () => {
      const [problem = "", ...others] = problems(line);
      assert.match(problem, sentence);
      assert.deepEqual(others, []);
    });
  }

  it("has its flags in its own help, and not in a daemon's", () => {
    const [own, daemon] = ["agent --help", "--help"].map((line) => {
      const parsed = request(line);
      return parsed.kind === "help" ? parsed.text : "";
    });
    assert.match(own ?? "", /--node-name NAME/);
    assert.doesNotMatch(own ?? "", /--bt-seeder/);
    assert.doesNotMatch(daemon ?? "", /--node-name/);
    assert.match(daemon ?? "", /oci-torrentd agent/);
  });
});
