import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, aHex, anEvent, leecherEvents, seederEvents } from "../testing/events.ts";
import { Status, startFakeDaemon } from "../testing/fake-daemon.ts";
import { runCaptured } from "../testing/run-captured.ts";

const says = (events: readonly unknown[]) => ({
  async *StartDownload() {
    yield* events;
  },
});

describe("start", () => {
  it("shows what a seeder does, in the words that users know", async () => {
    await using daemon = await startFakeDaemon(says(seederEvents));
    const ran = await runCaptured(["--address", daemon.address, "start", "docker://busybox"]);
    assert.equal(ran.stderr, "");
    assert.deepEqual(ran.stdout.split("\n"), [
      "Inspect docker://busybox",
      `Copying blob sha256:${aHex("a")}`,
      "aaaaaaaaaaaa [===================>                  ]  50% 2.4MB / 4.8MB 1.2MB/s",
      "aaaaaaaaaaaa [======================================] 100% 4.8MB / 4.8MB",
      `Copying config sha256:${aHex("c")}`,
      "Writing manifest to image destination",
      `Start seeding ${aHex("a")}`,
      `Start seeding ${aHex("a")} success`,
      "Done: 1 layer, 4.8MB: 4.8MB from registry, 0B from peers, 0B already local, 0B resumed",
      "",
    ]);
    assert.equal(ran.exitCode, 0);
  });

  it("shows what a leecher does, in the words that users know", async () => {
    await using daemon = await startFakeDaemon(says(leecherEvents));
    const ran = await runCaptured(["start", "busybox", "--address", daemon.address]);
    assert.deepEqual(ran.stdout.split("\n"), [
      "Get layer info docker://busybox",
      "Waiting for the seeder, up to 30s",
      "Start download image: docker://busybox",
      `${aHex("b")}: Already exists`,
      `${aHex("a")}: Get torrent data from seeder`,
      `${aHex("a")}: Start bittorrent downloading`,
      "aaaaaaaaaaaa [==========>                           ]  27% 1.3MB / 4.8MB",
      "aaaaaaaaaaaa [======================================] 100% 4.8MB / 4.8MB",
      `${aHex("a")}: Copy to OCI directory`,
      `Copying config sha256:${aHex("c")}`,
      "Writing manifest to image destination",
      "Done: 2 layers, 4.8MB: 0B from registry, 4.8MB from peers, 1.0kB already local, 0B resumed",
      "",
    ]);
    assert.equal(ran.exitCode, 0);
  });

  it("asks for the normalised image, and waits for a seeder as long as it is told", async () => {
    await using daemon = await startFakeDaemon(says([]));
    const argv = ["start", "busybox", "--wait", "2m", "--platform", "linux/arm64"];
    await runCaptured([...argv, "--platform", "linux/arm/v7"], {
      env: { OCI_TORRENT_ADDRESS: daemon.address },
    });
    assert.deepEqual(daemon.calls.at(-1), {
      method: "StartDownload",
      request: {
        reference: "docker.io/library/busybox:latest",
        platforms: [
          { os: "linux", architecture: "arm64", variant: "" },
          { os: "linux", architecture: "arm", variant: "v7" },
        ],
        allPlatforms: false,
        credential: null,
        waitSeconds: 120,
      },
    });
  });

  it("prints the digest alone when it shall be quiet", async () => {
    await using daemon = await startFakeDaemon(says(seederEvents));
    const ran = await runCaptured(["start", "-q", "busybox", "--address", daemon.address]);
    assert.deepEqual(ran, { exitCode: 0, stdout: `${aDigest("f")}\n`, stderr: "" });
  });

  it("prints a line of JSON an event on request", async () => {
    await using daemon = await startFakeDaemon(says(seederEvents.slice(2, 4)));
    const argv = ["start", "busybox", "--progress=json", "--address", daemon.address];
    const { stdout } = await runCaptured(argv);
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
      [
        {
          step: "copyBlob",
          reference: "docker.io/library/busybox:latest",
          digest: aDigest("a"),
          completedBytes: 0,
          totalBytes: 4_800_000,
        },
        {
          step: "progress",
          reference: "docker.io/library/busybox:latest",
          digest: aDigest("a"),
          completedBytes: 2_400_000,
          totalBytes: 4_800_000,
          bytesPerSecond: 1_200_000,
          source: "registry",
        },
      ],
    );
  });

  it("leaves as soon as the image is known when it shall detach", async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    await using daemon = await startFakeDaemon({
      async *StartDownload(_request, signal) {
        yield* seederEvents.slice(0, 2);
        await new Promise((over) => signal.addEventListener("abort", over));
        resolve();
      },
    });
    const ran = await runCaptured(["start", "-d", "busybox", "--address", daemon.address]);
    await cancelled;
    assert.deepEqual(ran, {
      exitCode: 0,
      stdout:
        'Inspect docker://busybox\ndocker://busybox goes on in the daemon: see "oci-torrent-ctr status"\n',
      stderr: "",
    });
  });

  it("says on Ctrl-C that the daemon goes on", async () => {
    await using daemon = await startFakeDaemon(stalls());
    const ctrlC = new AbortController();
    const { CtrError } = await import("../errors.ts");
    const ran = await runCaptured(["start", "busybox", "--address", daemon.address], {
      interrupted: ctrlC.signal,
      onStdout: () => ctrlC.abort(new CtrError("INTERRUPTED", "interrupted")),
    });
    assert.deepEqual(ran, {
      exitCode: 130,
      stdout: "Inspect docker://busybox\n",
      stderr:
        '[ctr] interrupted: the transfer of docker://busybox goes on in the daemon; "oci-torrent-ctr stop busybox" ends it\n',
    });
  });

  it("says after --timeout that the daemon goes on", async () => {
    await using daemon = await startFakeDaemon(stalls());
    const argv = ["start", "busybox", "--timeout", "300ms", "--address", daemon.address];
    const ran = await runCaptured(argv);
    assert.deepEqual(
      [ran.exitCode, ran.stderr],
      [
        4,
        '[ctr] not done within 300ms (--timeout): the transfer of docker://busybox goes on in the daemon; "oci-torrent-ctr stop busybox" ends it\n',
      ],
    );
  });

  const refusals: readonly (readonly [Status, number, string])[] = [
    [new Status(5, "no seeder knows busybox"), 1, "[ctr] no seeder knows busybox\n"],
    [new Status(3, "reference: too long"), 2, "[ctr] reference: too long\n"],
    [new Status(4, "no seeder within 30s"), 4, "[ctr] no seeder within 30s\n"],
    [new Status(14, "the daemon is shutting down"), 1, "[ctr] the daemon is shutting down\n"],
    [new Status(13, "bad\u001b[2Jthing\nforged"), 1, "[ctr] bad\\u{1b}[2Jthing\\u{a}forged\n"],
  ];
  for (const [status, exitCode, stderr] of refusals) {
    it(`hands on what the daemon says, with exit code ${exitCode}: ${stderr.trim()}`, async () => {
      await using daemon = await startFakeDaemon({
        // biome-ignore lint/correctness/useYield: it fails before it says anything.
        async *StartDownload() {
          throw status;
        },
      });
      const ran = await runCaptured(["start", "busybox", "--address", daemon.address]);
      assert.deepEqual(ran, { exitCode, stdout: "", stderr });
    });
  }

  it("draws rows on a terminal, below the words, and ends on them", async () => {
    await using daemon = await startFakeDaemon(says(seederEvents));
    const { stdout, exitCode } = await runCaptured(
      ["start", "busybox", "--address", daemon.address],
      { terminal: { columns: 60, rows: 24 } },
    );
    assert.equal(exitCode, 0);
    assert.ok(stdout.includes("\u001b["));
    assert.match(stdout, /^Inspect docker:\/\/busybox\n/);
    const [, end = ""] = stdout.split(`Start seeding ${aHex("a")} success\n`);
    assert.match(end, /aaaaaaaaaaaa \[=+\] 100% 4\.8MB \/ 4\.8MB\n/);
    assert.match(end, /Done: 1 layer.*\n$/);
  });

  it("writes no control codes where no terminal is, or a dumb one", async () => {
    await using daemon = await startFakeDaemon(
      says([...seederEvents, anEvent("STEP_WAIT", { text: "a\u001b[31mb" })]),
    );
    const argv = ["start", "busybox", "--address", daemon.address];
    const dumb = { terminal: { columns: 60, rows: 24 }, env: { TERM: "dumb" } };
    for (const options of [{}, dumb]) {
      const { stdout } = await runCaptured(argv, options);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f]/);
      assert.match(stdout, /a\\u\{1b\}\[31mb/);
    }
  });
});

const stalls = () => ({
  async *StartDownload(_request: unknown, signal: AbortSignal) {
    yield anEvent("STEP_INSPECT");
    await new Promise((over) => signal.addEventListener("abort", over));
  },
});
