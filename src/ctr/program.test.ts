import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Invocation } from "./invocation.ts";
import { parseArguments } from "./program.ts";
import { runCaptured } from "./testing/run-captured.ts";

const parse = (...argv: string[]) => parseArguments(argv, { version: "1.2.3", columns: 80 });
const COMMANDS = [
  ...[
    "start",
    "status",
    "explain",
    "stop",
    "remove",
    "list",
    "resolve",
    "verify",
    "import",
    "export",
  ],
  ...["torrent", "version", "help"],
];

const plainStart = {
  command: "start",
  image: "busybox",
  platforms: [],
  allPlatforms: false,
  login: {},
  progress: "auto",
  waitMs: 30_000,
  detach: false,
} as const;

describe("parseArguments", () => {
  const understood: readonly (readonly [string, Invocation])[] = [
    ["start busybox", plainStart],
    ["start -- busybox", plainStart],
    ["start busybox --wait 0", { ...plainStart, waitMs: 0 }],
    ["start busybox --wait=1m30s -d", { ...plainStart, waitMs: 90_000, detach: true }],
    ["start --all-platforms busybox", { ...plainStart, allPlatforms: true }],
    ["start --progress plain busybox", { ...plainStart, progress: "plain" }],
    ["start --quiet busybox", { ...plainStart, progress: "quiet" }],
    [
      "start busybox --platform linux/amd64 --platform linux/aarch64",
      {
        ...plainStart,
        platforms: [
          { os: "linux", architecture: "amd64" },
          { os: "linux", architecture: "arm64" },
        ],
      },
    ],
    [
      "start busybox --username joe --password-stdin",
      { ...plainStart, login: { username: "joe", passwordStdin: true } },
    ],
    ["status", { command: "status", watch: false, format: "table" }],
    ["status a --watch -o json", { command: "status", image: "a", watch: true, format: "json" }],
    ["explain a", { command: "explain", image: "a", format: "table" }],
    ["explain a -o wide", { command: "explain", image: "a", format: "wide" }],
    ["stop a", { command: "stop", image: "a", keepPartial: false }],
    ["stop a --no-clean", { command: "stop", image: "a", keepPartial: true }],
    ["remove a", { command: "remove", image: "a" }],
    ["list --output=yaml", { command: "list", format: "yaml" }],
    ["resolve a --wait 5", { command: "resolve", image: "a", waitMs: 5_000, format: "table" }],
    ["verify", { command: "verify", format: "table" }],
    ["import oci:x", { command: "import", source: "oci:x", progress: "auto" }],
    ["import oci:x --name a", { command: "import", source: "oci:x", name: "a", progress: "auto" }],
    ["export a oci:x", { command: "export", image: "a", target: "oci:x", progress: "auto" }],
    ["torrent a", { command: "torrent", image: "a", directory: "." }],
    ["torrent a -o b", { command: "torrent", image: "a", directory: "b" }],
    ["version", { command: "version" }],
  ];
  for (const [line, invocation] of understood) {
    it(`understands ${line}`, () => {
      assert.deepEqual(parse(...line.split(" ")), { do: "run", flags: {}, invocation });
    });
  }

  it("takes the flags of every command before and behind it", () => {
    const flags = { address: "unix:///x", timeoutMs: 5_000 };
    const expected = { do: "run", flags, invocation: { command: "list", format: "table" } };
    assert.deepEqual(parse("--address", "unix:///x", "--timeout=5", "list"), expected);
    assert.deepEqual(parse("list", "--timeout", "5s", "--address=unix:///x"), expected);
  });
});

describe("help", () => {
  for (const command of COMMANDS) {
    it(`explains ${command}, with an example, in three ways`, async () => {
      const { stdout, ...rest } = await runCaptured(["help", command]);
      assert.deepEqual(rest, { exitCode: 0, stderr: "" });
      assert.match(stdout, new RegExp(`^Usage: oci-torrent-ctr ${command}\\b`));
      assert.match(stdout, new RegExp(`Examples?:\\n  oci-torrent-ctr ${command}\\b`));
      assert.match(stdout, /--timeout <duration>/);
      assert.equal((await runCaptured([command, "-h"])).stdout, stdout);
      assert.equal((await runCaptured(["--help", command])).stdout, stdout);
    });
  }

  it("names every command", async () => {
    const { stdout } = await runCaptured(["--help"]);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
    assert.equal((await runCaptured(["help"])).stdout, stdout);
  });

  const askedAmongMistakes = ["start --nonsense -h", "start a b c --help", "--timeout 0 start -h"];
  for (const line of [...askedAmongMistakes, "start --timeout -h", "start -h --quiet --quiet"]) {
    it(`comes for ${line}, before any mistake is told`, async () => {
      const { exitCode, stdout, stderr } = await runCaptured(line.split(" "));
      assert.deepEqual([exitCode, stderr], [0, ""]);
      assert.match(stdout, /^Usage: oci-torrent-ctr start /);
    });
  }

  it("does not come for what stands behind --", async () => {
    assert.equal((await runCaptured(["start", "--", "-h"])).exitCode, 2);
  });

  it("fits a narrow terminal", async () => {
    const terminal = { columns: 20, rows: 10 };
    const { exitCode } = await runCaptured(["start", "-h"], { terminal });
    assert.equal(exitCode, 0);
  });
});

for (const line of ["--version", "-V", "list --version", "version"]) {
  it(`${line} prints this program's version, with no daemon there`, async () => {
    assert.deepEqual(
      await runCaptured(line.split(" "), { uid: 1, env: { XDG_RUNTIME_DIR: "/none" } }),
      {
        exitCode: 0,
        stdout: "oci-torrent-ctr 1.2.3\n",
        stderr: "",
      },
    );
  });
}
