import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type CaptureOptions, runCaptured } from "./testing/run-captured.ts";

const hex = "0123456789abcdef".repeat(4);
const FORMS = "write seconds such as 5, or 500ms, 5s, 2m, 1h, 1m30s";
const timeout = (text: string, why: string) =>
  `option '--timeout <duration>' argument '${text}' is invalid: ${why}`;
const notAReference = (shown: string, why: string) =>
  `${JSON.stringify(shown)} is not an image reference: ${why}`;

/** What is typed, and the sentence that answers; each is a usage error. */
const mistakes: readonly (readonly [argv: readonly string[], sentence: string])[] = [
  [[], 'no command given; "oci-torrent-ctr --help" lists them'],
  [["--address", "unix:///x"], 'no command given; "oci-torrent-ctr --help" lists them'],
  [["--"], 'no command given; "oci-torrent-ctr --help" lists them'],
  [["strat"], `unknown command 'strat': did you mean "start"? See "oci-torrent-ctr --help"`],
  [["frobnicate"], `unknown command 'frobnicate'; see "oci-torrent-ctr --help"`],
  [["st\u001b[2Jrat"], `unknown command 'st\\u{1b}[2Jrat'; see "oci-torrent-ctr --help"`],
  [
    ["help", "strat"],
    `unknown command 'strat': did you mean "start"? See "oci-torrent-ctr help --help"`,
  ],
  [["start"], `missing required argument 'image'; see "oci-torrent-ctr start --help"`],
  [
    ["start", "a", "b"],
    `too many arguments for 'start'. Expected 1 argument but got 2: a, b; see "oci-torrent-ctr start --help"`,
  ],
  [
    ["start", "--quite", "a"],
    `unknown option '--quite': did you mean "--quiet"? See "oci-torrent-ctr start --help"`,
  ],
  [
    ["start", "--adress=unix:///x", "a"],
    `unknown option '--adress': did you mean "--address"? See "oci-torrent-ctr start --help"`,
  ],
  [
    ["start", "--passwort=secret", "a"],
    `unknown option '--passwort': did you mean "--password"? See "oci-torrent-ctr start --help"`,
  ],
  [["start", "-x", "a"], `unknown option '-x'; see "oci-torrent-ctr start --help"`],
  [["list", "--quiet=yes"], `unknown option '--quiet'; see "oci-torrent-ctr list --help"`],
  [
    ["list", "--address"],
    `option '--address <address>' argument missing; see "oci-torrent-ctr list --help"`,
  ],
  [["list", "--timeout", "1", "--timeout", "2"], "--timeout is given twice: give it once"],
  [["--timeout", "1", "list", "--timeout", "2"], "--timeout is given twice: give it once"],
  [["start", "-q", "--quiet", "a"], "--quiet is given twice: give it once"],
  [["stop", "--no-clean", "--no-clean", "a"], "--no-clean is given twice: give it once"],
  [
    ["list", "-o", "xml"],
    "option '-o, --output <format>' argument 'xml' is invalid: Allowed choices are table, wide, json, yaml",
  ],
  [
    ["start", "--progress=fancy", "a"],
    "option '--progress <how>' argument 'fancy' is invalid: Allowed choices are auto, tty, plain, json",
  ],
  [
    ["start", "--progress=tty", "a"],
    "--progress=tty needs a terminal on stdout: use --progress=plain",
  ],
  [["start", "-q", "--progress=json", "a"], "--quiet and --progress exclude one another: give one"],

  [["list", "--timeout", "0"], timeout("0", `it must be more than 0; ${FORMS}`)],
  [["list", "--timeout", "0s"], timeout("0s", `it must be more than 0; ${FORMS}`)],
  [["list", "--timeout", "-5"], timeout("-5", FORMS)],
  [["list", "--timeout", "-5s"], timeout("-5s", FORMS)],
  [["list", "--timeout", "1e9"], timeout("1e9", FORMS)],
  [["list", "--timeout", "1000000000"], timeout("1000000000", FORMS)],
  [["list", "--timeout", "999999"], timeout("999999", "it must be at most 168h")],
  [["list", "--timeout", ""], timeout("", FORMS)],
  [["list", "--timeout", "5 s"], timeout("5 s", FORMS)],
  [["list", "--timeout", "5d"], timeout("5d", FORMS)],
  [["list", "--timeout", "NaN"], timeout("NaN", FORMS)],
  [["start", "--wait", "-1", "a"], `option '--wait <duration>' argument '-1' is invalid: ${FORMS}`],
  [
    ["start", "--wait", "48h", "a"],
    "option '--wait <duration>' argument '48h' is invalid: it must be at most 24h",
  ],

  [["list", "--address", ""], 'not an address: "": write unix:///PATH or tcp://HOST:PORT'],
  [
    ["list", "--address", "/run/x"],
    'not an address: "/run/x": write unix:///PATH or tcp://HOST:PORT',
  ],
  [
    ["list", "--address", "unix://x"],
    'not an address: "unix://x": write unix:///PATH or tcp://HOST:PORT',
  ],
  [
    ["list", "--address", "tcp://h"],
    'not an address: "tcp://h": write unix:///PATH or tcp://HOST:PORT',
  ],
  [
    ["list", "--address", "tcp://h:65536"],
    'not an address: "tcp://h:65536": write unix:///PATH or tcp://HOST:PORT',
  ],
  [
    ["list", "--address", "http://h:1"],
    'not an address: "http://h:1": write unix:///PATH or tcp://HOST:PORT',
  ],

  [["start", ""], notAReference("", 'it is empty; give a name such as "busybox"')],
  [["start", "  "], notAReference("  ", 'it is empty; give a name such as "busybox"')],
  [
    ["start", "Busybox"],
    notAReference("Busybox", 'a repository is lower case; write "busybox" for "Busybox"'),
  ],
  [["start", "busybox/"], notAReference("busybox/", "it ends in a slash")],
  [["start", "a//b"], notAReference("a//b", "it holds an empty part between two slashes")],
  [
    ["start", "a".repeat(256)],
    `"${"a".repeat(100)}..." is not an image reference: host and repository have 274 characters, more than 255`,
  ],
  [["start", ":tag"], notAReference(":tag", "the name is missing")],
  [["start", `@sha256:${hex}`], notAReference(`@sha256:${hex}`, "the name is missing")],
  [
    ["start", "busybox@sha256:beef"],
    notAReference("busybox@sha256:beef", "the digest has 4 hex digits instead of 64"),
  ],
  [
    ["start", `busybox@sha256:${hex}0`],
    notAReference(`busybox@sha256:${hex}0`, "the digest has 65 hex digits instead of 64"),
  ],
  [
    ["start", `a@sha256:${hex.toUpperCase()}`],
    notAReference(
      `a@sha256:${hex.toUpperCase()}`,
      "the digest may hold the digits 0-9 and a-f only",
    ),
  ],
  [
    ["start", `a@md5:${hex}`],
    notAReference(`a@md5:${hex}`, 'the digest algorithm "md5" is not supported; use sha256'),
  ],
  [
    ["start", `busybox:${"t".repeat(129)}`],
    `"busybox:${"t".repeat(92)}..." is not an image reference: the tag has 129 characters, more than 128`,
  ],
  [
    ["start", "https://r.example/app"],
    notAReference("https://r.example/app", 'it has a scheme; write it as "r.example/app"'),
  ],
  [
    ["start", "docker://docker://a"],
    notAReference("docker://a", 'it has a scheme; write it as "a"'),
  ],
  [
    ["start", "[::1]:5000/app"],
    notAReference(
      "[::1]:5000/app",
      "IPv6 addresses are not supported; give the registry a host name",
    ),
  ],
  [
    ["start", "r.example:0/app"],
    notAReference("r.example:0/app", 'the port "0" is not a number from 1 to 65535'),
  ],
  [
    ["start", "r.example:65536/app"],
    notAReference("r.example:65536/app", 'the port "65536" is not a number from 1 to 65535'),
  ],
  [
    ["start", "b\u0443sybox"],
    '"b\\u{443}sybox" is not an image reference: it holds a character that is not printable ASCII',
  ],
  [
    ["start", "busybox\0"],
    '"busybox\\u0000" is not an image reference: it holds a character that is not printable ASCII',
  ],
  [
    ["start", "busy\nbox"],
    '"busy\\nbox" is not an image reference: it holds a character that is not printable ASCII',
  ],
  [
    ["start", "--", "-busybox"],
    notAReference("-busybox", "it starts with a dash; flags go before the image"),
  ],
  [
    ["start", "../x"],
    notAReference("../x", 'it looks like a path; an OCI layout is written as "oci:../x"'),
  ],
  [
    ["start", "oci:dir"],
    '"oci:dir" is not the name of an image: "oci-torrent-ctr import" takes it in, under a name',
  ],
  [
    ["start", "docker-daemon:a"],
    '"docker-daemon:a" is not a source of an image: use docker://REF, oci:DIR[:NAME] or oci-archive:FILE[:NAME]',
  ],
  ...["status", "stop", "remove", "resolve", "verify", "torrent"].map(
    (command) =>
      [
        [command, "A"],
        notAReference("A", 'a repository is lower case; write "a" for "A"'),
      ] as const,
  ),
  [["export", "A", "oci:x"], notAReference("A", 'a repository is lower case; write "a" for "A"')],
  [["export", "a"], `missing required argument 'target'; see "oci-torrent-ctr export --help"`],
  [
    ["export", "a", "b"],
    'could not export "b": an image goes to oci:DIR[:NAME] or oci-archive:FILE[:NAME]',
  ],
  [["export", "a", "oci:"], '"oci:" is not a source of an image: write it as oci:DIR[:NAME]'],
  [
    ["import", "busybox"],
    'could not import "busybox": an image of a registry is started: "oci-torrent-ctr start busybox"',
  ],
  [
    ["import", "oci:x", "--name", "A"],
    notAReference("A", 'a repository is lower case; write "a" for "A"'),
  ],

  [
    ["start", "--platform", "linux", "a"],
    '"linux" is not a platform: write os/architecture[/variant], such as linux/amd64',
  ],
  [
    ["start", "--platform", "linux/amd64", "--all-platforms", "a"],
    "--platform and --all-platforms exclude one another: give one",
  ],
  [["start", "--username", "joe", "a"], "--username needs a password: add --password-stdin"],
  [["start", "--password-stdin", "a"], "a password needs a name: add --username"],
  [["start", "--password", "x", "a"], "a password needs a name: add --username"],
  [
    ["start", "--username", "", "--password", "x", "a"],
    "--username must not be empty or hold a colon",
  ],
  [
    ["start", "--username", "a:b", "--password", "x", "a"],
    "--username must not be empty or hold a colon",
  ],
  [["start", "--username", "joe", "--password", "", "a"], "--password must not be empty"],
  [
    ["start", "--username", "joe", "--password", "x", "--password-stdin", "a"],
    "--password and --password-stdin exclude one another: give one password",
  ],
  [
    ["start", "--username", "joe", "--password", "x", "--authfile", "f", "a"],
    "--authfile and --username exclude one another: give one login",
  ],
  [
    ["start", "--username", "joe", "--password-stdin", "a"],
    "--password-stdin: standard input is empty",
  ],
  [
    ["start", "--authfile", "/none/x", "a"],
    "could not read --authfile /none/x: no such file or directory",
  ],
  [["start", "--authfile", "/", "a"], "could not read --authfile /: it is a directory"],
  [
    ["start", "--authfile", "f", "--address", "tcp://10.10.10.10:20000", "a"],
    "refusing to send a password in clear text to tcp://10.10.10.10:20000: give --tls-ca, or run this on the daemon's own machine",
  ],
  [
    ["start", "--username", "joe", "--password-stdin", "--address", "tcp://seeder:20000", "a"],
    "refusing to send a password in clear text to tcp://seeder:20000: give --tls-ca, or run this on the daemon's own machine",
  ],
  [["list", "--tls-ca", "/none/ca"], "could not read --tls-ca /none/ca: no such file or directory"],
  [["list", "--tls-cert", "x"], "--tls-cert and --tls-key belong together: give both"],
  [
    ["list", "--tls-cert", "x", "--tls-key", "y"],
    "--tls-cert needs --tls-ca: the CA of the daemon's certificate",
  ],
];

describe("a usage error", () => {
  for (const [argv, sentence] of mistakes) {
    it(`answers ${JSON.stringify(argv.join(" ").slice(0, 70))}`, async () => {
      assert.deepEqual(await runCaptured(argv), {
        exitCode: 2,
        stdout: "",
        stderr: `[ctr] ${sentence}\n`,
      });
    });
  }

  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "ctr-test-"));
  });
  after(() => rm(directory, { recursive: true }));

  const file = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };
  const refuses = async (argv: readonly string[], sentence: string, options?: CaptureOptions) => {
    assert.deepEqual(await runCaptured(argv, options), {
      exitCode: 2,
      stdout: "",
      stderr: `[ctr] ${sentence}\n`,
    });
  };

  it("answers an authfile that is no JSON, and quotes nothing of it", async () => {
    const path = await file("junk.json", "hunter2 {");
    const { exitCode, stderr } = await runCaptured(["start", "a", "--authfile", path]);
    assert.equal(exitCode, 2);
    assert.match(stderr, new RegExp(`^\\[ctr\\] could not read logins from ${path}: `));
    assert.doesNotMatch(stderr, /hunter2/);
  });

  it("answers an authfile that leaves the login to a helper, and runs nothing", async () => {
    const path = await file("helper.json", '{"credsStore": "evil"}');
    await refuses(
      ["start", "a", "--authfile", path],
      `could not read logins from ${path}: the login of docker.io is kept by a credential helper, which is not run here: pass --username and --password-stdin`,
    );
  });

  it("answers a TLS file that is not PEM, or not what it should be", async () => {
    const junk = await file("junk.pem", "junk");
    await refuses(
      ["list", "--tls-ca", junk],
      `could not read --tls-ca ${junk}: it is not a PEM file`,
    );
    const odd = await file("odd.pem", "-----BEGIN NOTHING-----\n");
    await refuses(
      [
        "list",
        "--tls-ca",
        odd,
        "--tls-cert",
        odd,
        "--tls-key",
        odd,
        "--address",
        "tcp://127.0.0.1:1",
      ],
      "could not use --tls-ca, --tls-cert and --tls-key: give PEM files, and the key that belongs to the certificate",
    );
  });

  it("answers a password that never ends", async () => {
    await refuses(
      ["start", "a", "--username", "joe", "--password-stdin"],
      "--password-stdin: standard input has more than 64 KiB",
      { stdin: "x".repeat(70_000) },
    );
  });
});
