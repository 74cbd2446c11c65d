import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { aDigest, aHex, anEvent, someTotals } from "../testing/events.ts";
import { type Script, Status, startFakeDaemon } from "../testing/fake-daemon.ts";
import { type CaptureOptions, runCaptured } from "../testing/run-captured.ts";

const BUSYBOX = "docker.io/library/busybox:latest";

/** Runs one command against a daemon with this script; resolves with what it was asked, too. */
async function ask(script: Script, argv: readonly string[], options?: CaptureOptions) {
  await using daemon = await startFakeDaemon(script);
  const ran = await runCaptured(["--address", daemon.address, ...argv], options);
  const requests = daemon.calls.filter(({ method }) => method !== "GetVersion");
  return { ...ran, requests: requests.map(({ request }) => request), address: daemon.address };
}

const image = (state: string) => ({
  reference: BUSYBOX,
  digest: aDigest("f"),
  size: 4_800_000,
  layers: 2,
  state,
});

const layers = [
  {
    digest: aDigest("a"),
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    state: "LAYER_STATE_SEEDING",
    completedBytes: 4_000_000,
    totalBytes: 4_000_000,
    infoHash: "ab".repeat(20),
  },
  {
    digest: aDigest("b"),
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    state: "LAYER_STATE_TRANSFERRING",
    completedBytes: 300_000,
    totalBytes: 800_000,
    bytesPerSecond: 100_000,
    peers: 3,
    source: "SOURCE_PEER",
  },
];
const running = { image: image("IMAGE_STATE_TRANSFERRING"), layers, totals: someTotals() };

const columns = (...cells: string[]) => cells.map((cell) => cell.padEnd(20)).join("");
const TABLE = [
  columns("ID", "STATE", "COMPLETED", "TOTALLEN", "SEEDING"),
  columns("aaaaaaaaaaaa", "Started", "4000000", "4000000", "true"),
  columns("bbbbbbbbbbbb", "Started", "300000", "800000", "false"),
];

describe("status", () => {
  it("prints the columns that scripts know", async () => {
    const ran = await ask({ Status: () => ({ images: [running] }) }, ["status", "busybox"]);
    assert.deepEqual(ran.stdout.split("\n"), [...TABLE, ""]);
    assert.deepEqual([ran.exitCode, ran.stderr, ran.requests], [0, "", [{ reference: BUSYBOX }]]);
  });

  const words = {
    WAITING: "Waiting",
    TRANSFERRING: "Started",
    SEEDING: "Started",
    COMPLETE: "Completed",
    STOPPED: "Stopped",
    FAILED: "Failed",
  };
  for (const [state, word] of Object.entries(words)) {
    it(`calls a layer ${word} that is ${state}`, async () => {
      const layer = { ...layers[0], state: `LAYER_STATE_${state}` };
      const script = { Status: () => ({ images: [{ ...running, layers: [layer] }] }) };
      const { stdout } = await ask(script, ["status", "busybox"]);
      const row = columns("aaaaaaaaaaaa", word, "4000000", "4000000", String(state === "SEEDING"));
      assert.equal(stdout.split("\n")[1], row);
    });
  }

  it("names each image when there are several", async () => {
    const ran = await ask({ Status: () => ({ images: [running, running] }) }, ["status"]);
    assert.deepEqual(ran.stdout.split("\n"), [BUSYBOX, ...TABLE, "", BUSYBOX, ...TABLE, ""]);
    assert.deepEqual(ran.requests, [{ reference: "" }]);
  });

  it("prints nothing when there is no image", async () => {
    const { exitCode, stdout } = await ask({ Status: () => ({ images: [] }) }, ["status"]);
    assert.deepEqual([exitCode, stdout], [0, ""]);
  });

  it("says beside the table why an image does not go on", async () => {
    const reason = { reason: "NO_SEEDER", message: "no seeder answers\u001b[2J" };
    const script = { Status: () => ({ images: [{ ...running, ...reason }] }) };
    const { stdout, stderr } = await ask(script, ["status", "busybox"]);
    assert.deepEqual(stdout.split("\n"), [...TABLE, ""]);
    assert.equal(stderr, `[ctr] ${BUSYBOX}: NO_SEEDER: no seeder answers\\u{1b}[2J\n`);
  });

  it("prints everything that is known with -o wide", async () => {
    const script = { Status: () => ({ images: [running] }) };
    const { stdout } = await ask(script, ["status", "-o", "wide"]);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.split(/ {2,}/)),
      [
        ["IMAGE", "DIGEST", "STATE", "COMPLETED", "TOTALLEN", "SEEDING"].concat([
          ...["RATE", "PEERS", "SOURCE", "INFOHASH"],
        ]),
        [BUSYBOX, aDigest("a"), "Started", "4000000", "4000000", "true"].concat([
          ...["0B/s", "0", "-", "ab".repeat(20)],
        ]),
        [BUSYBOX, aDigest("b"), "Started", "300000", "800000", "false"].concat([
          ...["100kB/s", "3", "peer", "-"],
        ]),
        [""],
      ],
    );
  });

  it("prints JSON and YAML of one shape", async () => {
    const script = { Status: () => ({ images: [running] }) };
    const json = JSON.parse((await ask(script, ["status", "-o", "json"])).stdout);
    assert.deepEqual(json, {
      images: [
        {
          reference: BUSYBOX,
          digest: aDigest("f"),
          size: 4_800_000,
          layers: 2,
          state: "transferring",
          reason: "",
          message: "",
          blobs: [
            {
              ...layers[0],
              state: "seeding",
              bytesPerSecond: 0,
              peers: 0,
              source: "unspecified",
            },
            { ...layers[1], state: "transferring", source: "peer", infoHash: "" },
          ],
          totals: someTotals(),
        },
      ],
    });
    const { load } = await import("js-yaml");
    assert.deepEqual(load((await ask(script, ["status", "-o", "yaml"])).stdout), json);
  });

  it("fails for an image that the daemon does not have", async () => {
    const ran = await ask({ Status: () => ({ images: [] }) }, ["status", "busybox"]);
    assert.equal(ran.exitCode, 1);
    assert.equal(ran.stderr, `[ctr] ${BUSYBOX} is not an image of this daemon: start it first\n`);
  });
});

describe("status --watch", () => {
  const twice = {
    async *WatchStatus() {
      yield { images: [{ ...running, layers: layers.slice(0, 1) }] };
      yield { images: [running] };
    },
  };

  it("prints one table after the other where no terminal is", async () => {
    const { stdout } = await ask(twice, ["status", "busybox", "--watch"]);
    assert.deepEqual(stdout.split("\n"), [...TABLE.slice(0, 2), "", ...TABLE, "", ""]);
  });

  it("draws over on a terminal, and never wider than it", async () => {
    const terminal = { columns: 50, rows: 10 };
    const { stdout } = await ask(twice, ["status", "busybox", "--watch"], { terminal });
    assert.ok(stdout.includes("\u001b["));
    assert.ok(stdout.includes(columns("bbbbbbbbbbbb", "Started", "300000")[0] ?? ""));
    assert.ok(!stdout.includes("TOTALLEN  "));
  });

  it("prints a document for each state", async () => {
    const { stdout } = await ask(twice, ["status", "--watch", "-o", "json"]);
    const documents = stdout.trim().split("\n");
    assert.deepEqual(
      documents.map((line) => JSON.parse(line).images[0].blobs.length),
      [1, 2],
    );
    const { loadAll } = await import("js-yaml");
    const yaml = (await ask(twice, ["status", "--watch", "-o", "yaml"])).stdout;
    assert.equal(loadAll(yaml).length, 2);
  });
});

describe("list", () => {
  const script = { ListImages: () => ({ images: [image("IMAGE_STATE_SEEDING")] }) };

  it("prints the images", async () => {
    const { exitCode, stdout } = await ask(script, ["list"]);
    assert.deepEqual(stdout.split("\n"), [
      "IMAGE                             DIGEST        LAYERS  SIZE   STATE",
      "docker.io/library/busybox:latest  ffffffffffff  2       4.8MB  Seeding",
      "",
    ]);
    assert.equal(exitCode, 0);
  });

  it("prints whole digests and bytes with -o wide", async () => {
    const { stdout } = await ask(script, ["list", "-o", "wide"]);
    assert.deepEqual((stdout.split("\n")[1] ?? "").split(/ {2,}/), [
      ...[BUSYBOX, aDigest("f"), "2", "4800000", "Seeding"],
    ]);
  });

  it("prints documents", async () => {
    const { stdout } = await ask(script, ["list", "-o", "json"]);
    assert.deepEqual(JSON.parse(stdout), { images: [{ ...image(""), state: "seeding" }] });
    const yaml = await ask(script, ["list", "-o", "yaml"]);
    assert.match(yaml.stdout, /^images:\n {2}- reference: docker\.io\/library\/busybox:latest\n/);
  });
});

describe("stop", () => {
  const script = { StopDownload: () => ({ stopped: [aDigest("a"), aDigest("b")] }) };

  it("prints the ids of the layers", async () => {
    const ran = await ask(script, ["stop", "busybox"]);
    assert.equal(ran.stdout, `Stopped: ${aHex("a")}\nStopped: ${aHex("b")}\n`);
    assert.deepEqual(ran.requests, [{ reference: BUSYBOX, keepPartial: false }]);
  });

  it("keeps unfinished files on request", async () => {
    const { requests } = await ask(script, ["stop", "busybox", "--no-clean"]);
    assert.deepEqual(requests, [{ reference: BUSYBOX, keepPartial: true }]);
  });

  it("names the image that is not there", async () => {
    const missing = () => {
      throw new Status(5, `${BUSYBOX} was not started here`);
    };
    const { exitCode, stderr } = await ask({ StopDownload: missing }, ["stop", "busybox"]);
    assert.deepEqual([exitCode, stderr], [1, `[ctr] ${BUSYBOX} was not started here\n`]);
  });
});

it("remove says what became free", async () => {
  const ran = await ask({ RemoveImage: () => ({ freedBytes: 4_800_000 }) }, ["remove", "busybox"]);
  assert.equal(ran.stdout, `Removed: ${BUSYBOX} (4.8MB freed)\n`);
  assert.deepEqual(ran.requests, [{ reference: BUSYBOX }]);
});

describe("resolve", () => {
  const answer = {
    reference: BUSYBOX,
    digest: aDigest("f"),
    mediaType: "application/vnd.oci.image.index.v1+json",
    size: 610,
  };
  const script = { Resolve: () => answer };

  it("prints the image with its digest, as start takes it", async () => {
    const ran = await ask(script, ["resolve", "busybox", "--wait", "1500ms"]);
    assert.equal(ran.stdout, `${BUSYBOX}@${aDigest("f")}\n`);
    const ofItsOwnPlatform = { platforms: [], allPlatforms: false };
    const request = { reference: BUSYBOX, waitSeconds: 2, ...ofItsOwnPlatform };
    assert.deepEqual(ran.requests, [request]);
  });

  it("does not add a digest to one that is there", async () => {
    const pinned = { ...answer, reference: `docker.io/library/busybox@${aDigest("f")}` };
    const { stdout } = await ask({ Resolve: () => pinned }, ["resolve", "busybox"]);
    assert.equal(stdout, `docker.io/library/busybox@${aDigest("f")}\n`);
  });

  it("prints documents", async () => {
    const { stdout } = await ask(script, ["resolve", "busybox", "-o", "json"]);
    assert.deepEqual(JSON.parse(stdout), { ...answer, platforms: [], trackers: [] });
  });
});

describe("verify", () => {
  const finds = (...results: string[]) => ({
    async *Verify() {
      for (const [index, result] of results.entries()) {
        yield { digest: aDigest(String(index)), size: 1_000, result: `VERIFY_RESULT_${result}` };
      }
    },
  });
  const row = (digit: string, word: string) => `${aDigest(digit)}  1000              ${word}`;
  const HEADER = `DIGEST${" ".repeat(67)}SIZE${" ".repeat(14)}RESULT`;

  it("prints each blob", async () => {
    const ran = await ask(finds("OK", "OK"), ["verify", "busybox"]);
    assert.deepEqual(ran.stdout.split("\n"), [HEADER, row("0", "OK"), row("1", "OK"), ""]);
    assert.deepEqual([ran.exitCode, ran.stderr, ran.requests], [0, "", [{ reference: BUSYBOX }]]);
  });

  it("ends with exit code 3 when a blob is damaged, and prints the table all the same", async () => {
    const ran = await ask(finds("OK", "CORRUPT", "MISSING"), ["verify"]);
    assert.deepEqual(ran.stdout.split("\n"), [
      HEADER,
      row("0", "OK"),
      row("1", "CORRUPT"),
      row("2", "MISSING"),
      "",
    ]);
    assert.deepEqual(
      [ran.exitCode, ran.stderr],
      [3, "[ctr] 2 of 3 blobs are damaged or missing: start the image again to fetch them\n"],
    );
  });

  it("prints documents", async () => {
    const { stdout, exitCode } = await ask(finds("CORRUPT"), ["verify", "-o", "json"]);
    const blobs = [{ digest: aDigest("0"), size: 1_000, result: "corrupt" }];
    assert.deepEqual([exitCode, JSON.parse(stdout)], [3, { blobs }]);
  });
});

describe("import and export", () => {
  const events = [
    anEvent("STEP_COPY_BLOB", { digest: aDigest("a"), totalBytes: 1_000 }),
    anEvent("STEP_BLOB_DONE", { digest: aDigest("a"), totalBytes: 1_000 }),
    anEvent("STEP_WRITE_MANIFEST", { digest: aDigest("f") }),
    anEvent("STEP_DONE", { digest: aDigest("f"), totals: someTotals({ totalBytes: 1_000 }) }),
  ];
  const script = {
    async *Import() {
      yield* events;
    },
    async *Export() {
      yield* events;
    },
  };

  const sources: readonly (readonly [string, string])[] = [
    ["oci:images/app", "oci:/home/joe/images/app"],
    ["oci:../app:v1", "oci:/home/app:v1"],
    ["oci:/srv/app:v1", "oci:/srv/app:v1"],
    ["oci-archive:app.tar", "oci-archive:/home/joe/app.tar"],
    ["oci-archive:app.tar:v1", "oci-archive:/home/joe/app.tar:v1"],
  ];
  for (const [written, sent] of sources) {
    it(`hand the daemon ${sent} for ${written}`, async () => {
      const cwd = { cwd: "/home/joe" };
      const imported = await ask(script, ["import", written, "--name", "busybox"], cwd);
      assert.deepEqual(imported.requests, [{ source: sent, reference: BUSYBOX }]);
      const exported = await ask(script, ["export", "busybox", written], cwd);
      assert.deepEqual(exported.requests, [{ reference: BUSYBOX, target: sent }]);
    });
  }

  it("show what is done", async () => {
    const { stdout, requests } = await ask(script, ["import", "oci:/x"]);
    assert.deepEqual(stdout.split("\n"), [
      `Copying blob sha256:${aHex("a")}`,
      "aaaaaaaaaaaa [======================================] 100% 1.0kB / 1.0kB",
      "Writing manifest to image destination",
      "Done: 1 layer, 1.0kB: 0B from registry, 0B from peers, 0B already local, 0B resumed",
      "",
    ]);
    assert.deepEqual(requests, [{ source: "oci:/x", reference: "" }]);
  });

  it("can be quiet", async () => {
    const imported = await ask(script, ["import", "-q", "oci:/x"]);
    assert.equal(imported.stdout, `${aDigest("f")}\n`);
    assert.equal((await ask(script, ["export", "-q", "busybox", "oci:/x"])).stdout, "");
  });

  it("refuse a working directory that would be cut at its colon", async () => {
    const ran = await ask(script, ["import", "oci:x"], { cwd: "/a:b" });
    assert.deepEqual(
      [ran.exitCode, ran.stderr],
      [
        2,
        '[ctr] could not import "/a:b/x": a path with a colon in it cannot be told from a name\n',
      ],
    );
  });
});

describe("torrent", () => {
  const empty = { ...layers[0], digest: aDigest("0"), completedBytes: 0, totalBytes: 0 };
  const status = { Status: () => ({ images: [{ ...running, layers: [...layers, empty] }] }) };
  const torrentOf = ({ digest }: { digest: string }) => ({ metainfo: Buffer.from(`d ${digest}`) });
  const notB = (request: { digest: string }) => {
    if (request.digest === aDigest("b")) throw new Status(9, "the layer is not complete yet");
    return torrentOf(request);
  };
  const nowhere = () => {
    throw new Status(9, "the layer is not complete yet");
  };

  async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "ctr-test-"));
    await work(directory).finally(() => rm(directory, { recursive: true }));
  }

  it("writes a file for each layer that is not empty", () =>
    inDirectory(async (cwd) => {
      const argv = ["torrent", "busybox", "-o", "new/torrents"];
      const ran = await ask({ ...status, GetTorrent: torrentOf }, argv, { cwd });
      const paths = ["a", "b"].map((digit) => join(cwd, `new/torrents/${aHex(digit)}.torrent`));
      assert.deepEqual([ran.exitCode, ran.stdout], [0, `${paths.join("\n")}\n`]);
      assert.equal(await readFile(paths[0] ?? "", "utf8"), `d ${aDigest("a")}`);
      assert.equal((await readdir(join(cwd, "new/torrents"))).length, 2);
    }));

  it("ends with exit code 3 when some are not complete, and writes the others", () =>
    inDirectory(async (cwd) => {
      const ran = await ask({ ...status, GetTorrent: notB }, ["torrent", "busybox"], { cwd });
      assert.deepEqual(ran.stdout, `${cwd}/${aHex("a")}.torrent\n`);
      assert.deepEqual(
        [ran.exitCode, ran.stderr],
        [3, `[ctr] no torrent of ${aDigest("b")}: the layer is not complete yet\n`],
      );
    }));

  it("fails when none is complete, and when there is no layer", () =>
    inDirectory(async (cwd) => {
      const none = await ask({ ...status, GetTorrent: nowhere }, ["torrent", "busybox"], { cwd });
      assert.equal(none.exitCode, 1);
      const unresolved = { Status: () => ({ images: [{ ...running, layers: [] }] }) };
      const ran = await ask(unresolved, ["torrent", "busybox"], { cwd });
      assert.deepEqual(
        [ran.exitCode, ran.stderr],
        [1, `[ctr] ${BUSYBOX} has no layers yet: see its status\n`],
      );
    }));

  it("lets no digest choose another path", () =>
    inDirectory(async (cwd) => {
      const layer = { ...layers[0], digest: "sha256:../../evil" };
      const script = { Status: () => ({ images: [{ ...running, layers: [layer] }] }) };
      const ran = await ask(script, ["torrent", "busybox"], { cwd });
      assert.equal(ran.exitCode, 1);
      assert.match(ran.stderr, /names a layer without a digest/);
    }));

  it("says what it could not write", () =>
    inDirectory(async (cwd) => {
      const script = { ...status, GetTorrent: torrentOf };
      const ran = await ask(script, ["torrent", "busybox", "-o", "/dev/null/x"], { cwd });
      assert.deepEqual(
        [ran.exitCode, ran.stderr],
        [1, "[ctr] could not write /dev/null/x: a part of the path is not a directory\n"],
      );
    }));
});

it("version prints the daemon's too when one is there", async () => {
  const { stdout, address } = await ask({}, ["version"]);
  assert.equal(
    stdout,
    `oci-torrent-ctr 1.2.3\noci-torrentd 9.9.9 (leecher, engine webtorrent, Node v24) at ${address}\n`,
  );
});

it("a daemon of another version is told so", async () => {
  const { exitCode, stderr, address } = await ask({}, ["list"]);
  assert.deepEqual(
    [exitCode, stderr],
    [1, `[ctr] the daemon at ${address} does not know this command: it is of another version\n`],
  );
});
