import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseCommandLine } from "./parse.ts";
import { DEFAULT_FILE, problems } from "./testing/command-line.ts";

const NO_ROLE =
  "nothing says where images come from: give --seeder-addr ADDRESS to take them from a seeder, " +
  "--bt-seeder to be one, or --disable-bt to pull from registries alone";

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
    "a fallback of who needs none": [
      "--bt-seeder --fallback registry",
      ["--fallback is for leechers: this daemon takes images from registries anyway"],
    ],
    "a fallback that is none": [
      "--seeder-addr tcp://a:1 --fallback peers",
      ['--fallback: "peers" is no fallback: write never or registry'],
    ],
    "a fallback that the engine does not know": [
      "--seeder-addr tcp://a:1 --fallback registry --engine webtorrent",
      ["--fallback needs the engine lean: webtorrent cannot go on from a registry"],
    ],
    "a fallback at once": [
      "--seeder-addr tcp://a:1 --fallback-after 10ms",
      ["--fallback-after is less than a second: write 1s or more"],
    ],
    "a leecher that fetches on request": [
      "--seeder-addr tcp://a:1 --fetch-on-request",
      [
        "--fetch-on-request and --seeder-addr exclude each other: only a seeder fetches what leechers ask for",
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
    "control characters": [["a\nb\u001b[31m"], ['unknown command "a\\u000ab\\u001b[31m"']],
    "a file's name with control characters": [
      ["config", "check", "a\u001b[31m"],
      ['not the name of a file: "a\\u001b[31m"'],
    ],
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

  it("never end in anything but a request or sentences of one line, whatever is given", () => {
    const word = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("--listen", "--bt-seeder=", "-l", "--", "-", "config", "check", "--config=c"),
    );
    const yaml = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("a", ":", " ", "\n", "- ", "{", "[", "*", "&x", "rates", "!", "0"), {
          maxLength: 40,
        })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), yaml, (argv, text) => {
        const parsed = parseCommandLine(argv, {
          env: { OCI_TORRENT_LISTEN: text },
          uid: 0,
          cwd: "/",
          readFile: () => Buffer.from(text),
        });
        const told = "problems" in parsed ? parsed.problems : [];
        for (const problem of told) assert.ok(!/\p{Cc}/u.test(problem), JSON.stringify(problem));
      }),
      { numRuns: 200 },
    );
  });
});
