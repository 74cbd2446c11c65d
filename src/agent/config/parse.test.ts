import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Environment } from "./environment.ts";
import { DEFAULT_FILE, daemon, problems, tracker } from "./testing/command-line.ts";

describe("the daemon's defaults", () => {
  it("are those of the design, for root", () => {
    assert.deepEqual(daemon("--bt-seeder"), {
      logLevel: "info",
      rootDir: "/data/oci-torrentd",
      role: {
        kind: "seeder",
        trackers: [],
        trackerListen: { host: "0.0.0.0", port: 6882 },
        advertisedHost: "127.0.0.1",
        fetchOnRequest: false,
      },
      listen: [{ kind: "unix", path: "/run/oci-torrentd/oci-torrentd.sock" }],
      rates: { upload: 0, download: 0 },
      connTimeoutMs: 5_000,
      hardlink: true,
      btPort: 50_007,
      engine: "lean",
      insecureRegistries: [],
      registries: {},
      metricsListen: { host: "127.0.0.1", port: 6886 },
      grpcReflection: false,
    });
  });

  it("follow the XDG directories for others", () => {
    const env = { HOME: "/home/ada", XDG_RUNTIME_DIR: "/run/user/7" };
    const config = daemon("--bt-seeder", { uid: 7, env });
    assert.equal(config.rootDir, "/home/ada/.local/share/oci-torrentd");
    assert.deepEqual(config.listen, [
      { kind: "unix", path: "/run/user/7/oci-torrentd/oci-torrentd.sock" },
    ]);
  });

  it("have no place for the socket of a user without a runtime directory", () => {
    const setting = { uid: 7, env: { HOME: "/home/ada" } };
    assert.deepEqual(problems("--bt-seeder", setting), [
      "no place for the socket, because XDG_RUNTIME_DIR is not set: give --listen unix:///PATH",
    ]);
    daemon("--bt-seeder --listen unix:///home/ada/d.sock", setting);
  });
});

describe("the ancestor's command lines", () => {
  it("start a seeder", () => {
    const config = daemon(
      "--debug --bt-seeder=true --listen=tcp://10.10.10.10:20000 --bt-tracker=http://10.10.10.11:6882/announce",
    );
    assert.equal(config.logLevel, "debug");
    assert.deepEqual(config.listen, [{ kind: "tcp", host: "10.10.10.10", port: 20_000 }]);
    assert.ok(config.role.kind === "seeder");
    assert.deepEqual(config.role.trackers, ["http://10.10.10.11:6882/announce"]);
  });

  it("start a leecher", () => {
    const config = daemon(
      "--debug --seeder-addr=tcp://10.10.10.10:20000 --bt-tracker=http://10.10.10.11:6882/announce",
    );
    assert.deepEqual(config.role, {
      kind: "leecher",
      seeders: [{ kind: "tcp", host: "10.10.10.10", port: 20_000 }],
      trackers: ["http://10.10.10.11:6882/announce"],
    });
  });

  it("start a tracker", () => {
    assert.deepEqual(tracker("tracker --listen tcp://0.0.0.0:6882"), {
      logLevel: "info",
      listen: { host: "0.0.0.0", port: 6882 },
      metricsListen: undefined,
    });
  });
});

describe("flags", () => {
  it("take all their forms", () => {
    const config = daemon(
      "--root /r -l unix:///a.sock -l=unix:///b.sock --bt-seeder --fetch-on-request --hardlink=false --upload-rate 1MB " +
        "--download-rate=2MiB/s --conn-timeout 500ms --pidfile run/d.pid --bt-port=0 --bind-address 10.0.0.2 " +
        "--engine webtorrent --peer-listen 10.0.0.2:6880 --zone eu-1a " +
        "--tracker-listen 10.0.0.3:0 --metrics-listen off --insecure-registry a:5000 --insecure-registry B " +
        "--tls-cert c.pem --tls-key /k.pem --tls-client-ca ../ca.pem --grpc-reflection --log-level warn",
    );
    assert.deepEqual(config, {
      logLevel: "warn",
      pidfile: "/home/op/run/d.pid",
      metricsListen: undefined,
      rootDir: "/r",
      role: {
        kind: "seeder",
        trackers: [],
        trackerListen: { host: "10.0.0.3", port: 0 },
        advertisedHost: "10.0.0.3",
        fetchOnRequest: true,
      },
      listen: [
        { kind: "unix", path: "/a.sock" },
        { kind: "unix", path: "/b.sock" },
      ],
      rates: { upload: 1_000_000, download: 2_097_152 },
      connTimeoutMs: 500,
      hardlink: false,
      btPort: 0,
      engine: "webtorrent",
      peerListen: { host: "10.0.0.2", port: 6880 },
      zone: "eu-1a",
      bindAddress: "10.0.0.2",
      insecureRegistries: ["a:5000", "b"],
      registries: {},
      tls: { certFile: "/home/op/c.pem", keyFile: "/k.pem", clientCaFile: "/home/ca.pem" },
      grpcReflection: true,
    });
  });

  it("may end with --", () => {
    daemon("--disable-bt --");
    assert.deepEqual(problems("--disable-bt -- --debug"), ['unknown command "--debug"']);
  });
});

describe("precedence", () => {
  const file = "logLevel: warn\nrates: {upload: 1, download: 1}\ninsecureRegistries: [file]\n";
  const files = { [DEFAULT_FILE]: file };
  const env = { OCI_TORRENT_UPLOAD_RATE: "2", OCI_TORRENT_INSECURE_REGISTRY: "env1, env2," };

  it("takes the file over defaults", () => {
    const config = daemon("--disable-bt", { files });
    assert.deepEqual([config.logLevel, config.rates], ["warn", { upload: 1, download: 1 }]);
    assert.deepEqual(config.insecureRegistries, ["file"]);
  });

  it("takes the environment over the file, lists as a whole", () => {
    const config = daemon("--disable-bt", { files, env });
    assert.deepEqual(config.rates, { upload: 2, download: 1 });
    assert.deepEqual(config.insecureRegistries, ["env1", "env2"]);
  });

  it("takes flags over everything", () => {
    const config = daemon("--disable-bt --upload-rate 3 --insecure-registry flag", { files, env });
    assert.deepEqual(config.rates, { upload: 3, download: 1 });
    assert.deepEqual(config.insecureRegistries, ["flag"]);
  });

  it("takes an empty variable for none, and leaves those alone that Kubernetes makes up", () => {
    const made = { OCI_TORRENT_TRACKER_SERVICE_HOST: "10.0.0.1", OCI_TORRENT_ROOT_DIR: "" };
    assert.equal(daemon("--disable-bt", { env: made }).rootDir, "/data/oci-torrentd");
  });

  it("takes the file that --config or the environment names, which must exist", () => {
    const named = { "/home/op/c.yaml": "logLevel: error" };
    assert.equal(daemon("--disable-bt --config c.yaml", { files: named }).logLevel, "error");
    const byEnv = { OCI_TORRENT_CONFIG: "/home/op/c.yaml" };
    assert.equal(daemon("--disable-bt", { files: named, env: byEnv }).logLevel, "error");
    assert.deepEqual(problems("--disable-bt --config d.yaml", { files: named }), [
      "/home/op/d.yaml: there is no such file",
    ]);
  });

  it("makes file paths of the file absolute too", () => {
    const text = "registries: {a: [{url: https://b, caFile: ca.pem}]}";
    const { registries } = daemon("--disable-bt", { files: { [DEFAULT_FILE]: text } });
    assert.deepEqual(registries, { a: [{ url: "https://b", caFile: "/home/op/ca.pem" }] });
  });

  const levels: Record<string, [string, Environment, string, string]> = {
    "debug from a flag": ["--debug", {}, "logLevel: warn", "debug"],
    "a level from a flag over debug from the file": ["--log-level warn", {}, "debug: true", "warn"],
    "debug from the environment over a level from the file": [
      "",
      { OCI_TORRENT_DEBUG: "true" },
      "logLevel: warn\ndebug: false",
      "debug",
    ],
    "no debug from a flag over debug from the file": ["--debug=false", {}, "debug: true", "info"],
  };
  for (const [what, [flags, variables, text, level]] of Object.entries(levels)) {
    it(`takes ${what}`, () => {
      const setting = { env: variables, files: { [DEFAULT_FILE]: text } };
      assert.equal(daemon(`--disable-bt ${flags}`, setting).logLevel, level);
    });
  }
});

describe("the host that a seeder advertises for its own tracker", () => {
  const hosts: Record<string, [string, string]> = {
    "that of its tcp address": ["-l unix:///a -l tcp://10.0.0.1:2", "10.0.0.1"],
    "loopback without one": ["-l unix:///a", "127.0.0.1"],
    "the one its tracker listens on": [
      "-l tcp://10.0.0.1:2 --tracker-listen 10.0.0.9:6882",
      "10.0.0.9",
    ],
    "the one it dials from, when it listens on all": [
      "-l tcp://0.0.0.0:2 --bind-address 10.0.0.5",
      "10.0.0.5",
    ],
    "this machine's alone, when nothing else is named": ["-l tcp://0.0.0.0:2", "127.0.0.1"],
    "a named one when it listens on all too": ["-l tcp://[::]:2 -l tcp://node1:2", "node1"],
  };
  for (const [what, [flags, host]] of Object.entries(hosts)) {
    it(`is ${what}`, () => {
      const { role } = daemon(`--bt-seeder ${flags}`);
      assert.ok(role.kind === "seeder");
      assert.equal(role.advertisedHost, host);
    });
  }
});

describe("a tracker's configuration", () => {
  it("takes its address from its flag, else from what a seeder's own tracker would have", () => {
    const files = {
      [DEFAULT_FILE]:
        "listen: [unix:///run/d.sock]\nbittorrent: {trackerListen: 10.0.0.1:1}\nmetricsListen: 127.0.0.1:9\n",
    };
    const config = tracker("tracker", { files });
    assert.deepEqual(config.listen, { host: "10.0.0.1", port: 1 });
    assert.deepEqual(config.metricsListen, { host: "127.0.0.1", port: 9 });
    assert.deepEqual(tracker("tracker -l tcp://[::1]:0", { files }).listen, {
      host: "::1",
      port: 0,
    });
  });

  it("needs no role and no place for a socket", () => {
    tracker("tracker --debug --pidfile /p", { uid: 7 });
  });
});
