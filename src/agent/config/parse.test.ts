import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DaemonConfig, TrackerConfig } from "./daemon-config.ts";
import type { Environment } from "./environment.ts";
import { parseCommandLine } from "./parse.ts";

const DEFAULT_FILE = "/etc/oci-torrent/config.yaml";

type Setting = {
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly uid?: number;
};

const request = (
  line: string | readonly string[],
  { env = {}, files = {}, uid = 0 }: Setting = {},
) =>
  parseCommandLine(typeof line === "string" ? line.split(" ").filter(Boolean) : line, {
    env,
    uid,
    cwd: "/work",
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? undefined : Buffer.from(text);
    },
  });

function daemon(line: string, setting?: Setting): DaemonConfig {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "daemon", JSON.stringify(parsed));
  return (parsed as { config: DaemonConfig }).config;
}

function tracker(line: string, setting?: Setting): TrackerConfig {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "tracker", JSON.stringify(parsed));
  return (parsed as { config: TrackerConfig }).config;
}

function problems(line: string | readonly string[], setting?: Setting): readonly string[] {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "usage", JSON.stringify(parsed));
  return (parsed as { problems: readonly string[] }).problems;
}

const NO_ROLE =
  "nothing says where images come from: give --seeder-addr ADDRESS to take them from a seeder, " +
  "--bt-seeder to be one, or --disable-bt to pull from registries alone";

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
      },
      listen: [{ kind: "unix", path: "/run/oci-torrentd/oci-torrentd.sock" }],
      rates: { upload: 0, download: 0 },
      connTimeoutMs: 5_000,
      hardlink: true,
      btPort: 50_007,
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
      "--root /r -l unix:///a.sock -l=unix:///b.sock --bt-seeder --hardlink=false --upload-rate 1MB " +
        "--download-rate=2MiB/s --conn-timeout 500ms --pidfile run/d.pid --bt-port=0 --bind-address 10.0.0.2 " +
        "--tracker-listen 10.0.0.3:0 --metrics-listen off --insecure-registry a:5000 --insecure-registry B " +
        "--tls-cert c.pem --tls-key /k.pem --tls-client-ca ../ca.pem --grpc-reflection --log-level warn",
    );
    assert.deepEqual(config, {
      logLevel: "warn",
      pidfile: "/work/run/d.pid",
      metricsListen: undefined,
      rootDir: "/r",
      role: {
        kind: "seeder",
        trackers: [],
        trackerListen: { host: "10.0.0.3", port: 0 },
        advertisedHost: "10.0.0.3",
      },
      listen: [
        { kind: "unix", path: "/a.sock" },
        { kind: "unix", path: "/b.sock" },
      ],
      rates: { upload: 1_000_000, download: 2_097_152 },
      connTimeoutMs: 500,
      hardlink: false,
      btPort: 0,
      bindAddress: "10.0.0.2",
      insecureRegistries: ["a:5000", "b"],
      registries: {},
      tls: { certFile: "/work/c.pem", keyFile: "/k.pem", clientCaFile: "/ca.pem" },
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
    const named = { "/work/c.yaml": "logLevel: error" };
    assert.equal(daemon("--disable-bt --config c.yaml", { files: named }).logLevel, "error");
    const byEnv = { OCI_TORRENT_CONFIG: "/work/c.yaml" };
    assert.equal(daemon("--disable-bt", { files: named, env: byEnv }).logLevel, "error");
    assert.deepEqual(problems("--disable-bt --config d.yaml", { files: named }), [
      "/work/d.yaml: there is no such file",
    ]);
  });

  it("makes file paths of the file absolute too", () => {
    const text = "registries: {a: [{url: https://b, caFile: ca.pem}]}";
    const { registries } = daemon("--disable-bt", { files: { [DEFAULT_FILE]: text } });
    assert.deepEqual(registries, { a: [{ url: "https://b", caFile: "/work/ca.pem" }] });
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
    "a named one when it listens on all too": ["-l tcp://[::]:2 -l tcp://node1:2", "node1"],
  };
  for (const [what, [flags, host]] of Object.entries(hosts)) {
    it(`is ${what}`, () => {
      const { role } = daemon(`--bt-seeder ${flags}`);
      assert.ok(role.kind === "seeder");
      assert.equal(role.advertisedHost, host);
    });
  }

  it("must be known, or another tracker named", () => {
    assert.deepEqual(problems("--bt-seeder -l tcp://0.0.0.0:2"), [
      "leechers need a host for this seeder's tracker, and --listen names every address: " +
        "name one in --listen, --tracker-listen or --bind-address, or give --bt-tracker URL",
    ]);
    daemon("--bt-seeder -l tcp://0.0.0.0:2 --bt-tracker http://t/announce");
  });
});

describe("mistakes on the command line", () => {
  const mistakes: Record<string, [string | string[], string[]]> = {
    "no role": ["", [NO_ROLE]],
    "an unknown command": [
      "trackr",
      ['unknown command "trackr": did you mean oci-torrentd tracker?'],
    ],
    "a command of the CLI": ["start busybox", ['unknown command "start"']],
    "an unknown flag": ["--bt-seder", ['unknown flag "--bt-seder": did you mean --bt-seeder?']],
    "an unknown flag with a value": ["--frobnicate 5", ['unknown flag "--frobnicate"']],
    "one dash for two": ["-debug", ['unknown flag "-debug": did you mean --debug?']],
    "an unknown flag before a command": [
      "--deebug tracker",
      ['unknown flag "--deebug": did you mean --debug?'],
    ],
    "a flag without value": [
      "--disable-bt --root-dir",
      ["--root-dir: no value: write --root-dir PATH"],
    ],
    "a flag where a value should be": [
      "--disable-bt --root-dir --debug",
      ["--root-dir: no value: write --root-dir PATH"],
    ],
    "an empty value": ["--disable-bt --root-dir=", ["--root-dir: the path is empty"]],
    "a flag twice": ["--disable-bt --root-dir /a --root /a", ["--root-dir: given more than once"]],
    "a boolean with a space": [
      "--bt-seeder false",
      ['unexpected argument "false": write the flag\'s value with =, as in --debug=false'],
    ],
    "a boolean that is none": [
      "--disable-bt --hardlink=no",
      ['--hardlink: "no" is neither true nor false'],
    ],
    "a word too much": ["tracker x", ['unexpected argument "x"']],
    "a negative rate": [
      "--disable-bt --upload-rate -1",
      [
        '--upload-rate: "-1" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
      ],
    ],
    "a rate that is no number": [
      "--disable-bt --upload-rate NaN --download-rate 1e400",
      [
        '--upload-rate: "NaN" is not a rate: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
        '--download-rate: "1e400" is not a rate: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
      ],
    ],
    "an address without port": [
      "--seeder-addr tcp://10.10.10.10",
      [
        '--seeder-addr: "tcp://10.10.10.10" is not an address: write unix:///PATH or tcp://HOST:PORT',
      ],
    ],
    "a seeder that leeches": [
      "--bt-seeder --seeder-addr tcp://a:1",
      [
        "--bt-seeder and --seeder-addr exclude each other: a seeder takes images from registries, a leecher from seeders",
      ],
    ],
    "a seeder without BitTorrent": [
      "--bt-seeder --disable-bt",
      ["--disable-bt and --bt-seeder exclude each other: there is no seeding without BitTorrent"],
    ],
    "a leecher without BitTorrent": [
      "--disable-bt --seeder-addr tcp://a:1",
      [
        "--disable-bt and --seeder-addr exclude each other: without BitTorrent images come from registries alone",
      ],
    ],
    "two log levels": [
      "--disable-bt --debug --log-level warn",
      ["--debug and --log-level contradict each other: keep one of them"],
    ],
    "half of TLS": [
      "--disable-bt --tls-cert /c",
      [
        "TLS needs a certificate, its key and the authority of callers: --tls-key and --tls-client-ca missing",
      ],
    ],
    "a tracker on a unix socket": [
      "tracker --listen unix:///a",
      ["--listen: a tracker listens on one tcp address: write tcp://HOST:PORT"],
    ],
    "a tracker on two addresses": [
      "tracker -l tcp://a:1 -l tcp://b:1",
      ["--listen: a tracker listens on one tcp address: write tcp://HOST:PORT"],
    ],
    "a daemon's flag for a tracker": [
      "tracker --root-dir /x",
      ["--root-dir: not a flag of oci-torrentd tracker"],
    ],
    "a flag for config": ["config default --debug", ["--debug: not a flag of oci-torrentd config"]],
    "half a command": ["config", ["config: write config default or config check [FILE]"]],
    "a command that is nearly one": [
      "config chekc",
      ['unknown command "config chekc": did you mean oci-torrentd config check?'],
    ],
    "control characters": [["a\nb\u001b[31m"], ['unknown command "a\\nb\\u001b[31m"']],
    "many at once": [
      "--bt-seder --upload-rate -1 --root-dir",
      [
        'unknown flag "--bt-seder": did you mean --bt-seeder?',
        "--root-dir: no value: write --root-dir PATH",
        '--upload-rate: "-1" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
      ],
    ],
  };
  for (const [what, [line, expected]] of Object.entries(mistakes)) {
    it(`are told for ${what}`, () => assert.deepEqual(problems(line), expected));
  }

  it("name the variable or the key, wherever they are", () => {
    const setting = {
      env: { OCI_TORRENT_UPLOAD_RATE: "fast", OCI_TORRENT_BT_SEEDER: "true" },
      files: { [DEFAULT_FILE]: "bittorrent: {seederAddresses: [tcp://a:1]}\nconnTimeout: soon\n" },
    };
    assert.deepEqual(problems("", setting), [
      'OCI_TORRENT_UPLOAD_RATE: "fast" is not a rate: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
      `${DEFAULT_FILE}: connTimeout: "soon" is not a duration: write 5s, 500ms or 1m30s`,
      `OCI_TORRENT_BT_SEEDER and ${DEFAULT_FILE}: bittorrent.seederAddresses exclude each other: ` +
        "a seeder takes images from registries, a leecher from seeders",
    ]);
  });

  it("tell of a file that cannot be read", () => {
    const parsed = parseCommandLine(["--disable-bt"], {
      env: {},
      uid: 0,
      cwd: "/",
      readFile: () => {
        throw new Error("EACCES: permission denied");
      },
    });
    assert.deepEqual(parsed, {
      kind: "usage",
      problems: [`${DEFAULT_FILE}: could not be read: EACCES: permission denied`],
    });
  });
});

describe("help and version", () => {
  for (const line of ["-h", "--help", "--bt-seder -h", "--root-dir -h", "tracker --help", "help"]) {
    it(`help is shown for ${line}`, () => {
      const parsed = request(line);
      assert.ok(parsed.kind === "help");
      assert.match(parsed.text, /^ {2}-h, --help +Show this text\.$/m);
    });
  }

  it("help names every flag, with room to read", () => {
    const parsed = request("--help");
    assert.ok(parsed.kind === "help");
    for (const flag of ["--bt-seeder", "--root-dir, --root PATH", "-l, --listen ADDRESS"]) {
      assert.ok(parsed.text.includes(flag), flag);
    }
    for (const line of parsed.text.split("\n")) assert.ok(line.length <= 110, line);
  });

  it("a tracker's help has only a tracker's flags", () => {
    const parsed = request("tracker -h");
    assert.ok(parsed.kind === "help");
    assert.ok(!parsed.text.includes("--bt-seeder"));
    assert.match(parsed.text, /default\s+tcp:\/\/0\.0\.0\.0:6882/);
  });

  for (const line of ["--version", "--version --nonsense", "version"]) {
    it(`the version is shown for ${line}`, () => assert.equal(request(line).kind, "version"));
  }
});

describe("config default and check", () => {
  const defaultText = (setting?: Setting) => {
    const parsed = request("config default", setting);
    assert.ok(parsed.kind === "configDefault");
    return parsed.text;
  };

  for (const [who, setting] of Object.entries<Setting>({
    root: {},
    "a user": { uid: 7, env: { HOME: "/home/a b: #c", XDG_RUNTIME_DIR: "/run/user/7" } },
  })) {
    it(`the default file says the same as no file, for ${who}`, () => {
      const files = { [DEFAULT_FILE]: "", "/work/d.yaml": defaultText(setting) };
      const plain = daemon("--bt-seeder", setting);
      assert.deepEqual(daemon("--bt-seeder --config d.yaml", { ...setting, files }), plain);
      assert.deepEqual(request("config check d.yaml", { ...setting, files }), {
        kind: "configCheck",
        file: "/work/d.yaml",
        problems: [],
      });
    });
  }

  it("the example in the default file holds once its comment signs are gone", () => {
    const text = defaultText()
      .replace(/^registries: \{\}$/m, "")
      .replace(/^# (registries:| {2}.*)$/gm, "$1");
    const files = { "/work/d.yaml": text };
    const config = daemon("--disable-bt --config d.yaml", { files });
    assert.deepEqual(Object.keys(config.registries), ["docker.io", "registry.example.com:5000"]);
  });

  it("check names every mistake of a file, and contradictions in it", () => {
    const text =
      "rotDir: /x\nhardlink: yes\nbittorrent:\n  seeder: true\n  seederAddresses: [tcp://a:1]\n";
    assert.deepEqual(request("config check /c.yaml", { files: { "/c.yaml": text } }), {
      kind: "configCheck",
      file: "/c.yaml",
      problems: [
        "/c.yaml: rotDir: unknown key: did you mean rootDir?",
        "/c.yaml: hardlink: yes is a boolean only in old YAML: write true or false",
        "/c.yaml: bittorrent.seeder and /c.yaml: bittorrent.seederAddresses exclude each other: " +
          "a seeder takes images from registries, a leecher from seeders",
      ],
    });
  });

  it("check takes the default file when none is named, and says when there is none", () => {
    assert.deepEqual(request("config check"), {
      kind: "configCheck",
      file: DEFAULT_FILE,
      problems: [`${DEFAULT_FILE}: there is no such file`],
    });
  });
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
