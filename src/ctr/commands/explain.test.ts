import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, aHex } from "../testing/events.ts";
import { Status, startFakeDaemon } from "../testing/fake-daemon.ts";
import { runCaptured } from "../testing/run-captured.ts";

const BUSYBOX = "docker.io/library/busybox:latest";

async function explain(answer: object, ...flags: string[]) {
  await using daemon = await startFakeDaemon({ Explain: () => answer });
  const ran = await runCaptured(["--address", daemon.address, "explain", "busybox", ...flags]);
  return { ...ran, requests: daemon.calls.map(({ request }) => request) };
}

const link = {
  ...{ address: "10.0.0.1:6881", node: "node-1", zone: "", kind: "agent", dialled: true },
  ...{ inFlightBytes: 1_310_720, downBytesPerSecond: 2_100_000, upBytesPerSecond: 0 },
  ...{ askMs: 12, heldPieces: 40, strikes: 0 },
};
const foreign = {
  ...link,
  ...{ address: "10.0.0.20:51413", node: "-TR-", zone: "b", kind: "foreign", dialled: false },
  ...{ inFlightBytes: 0, downBytesPerSecond: 0, askMs: 0, heldPieces: 3, strikes: 2 },
};
const moving = {
  layer: {
    digest: aDigest("a"),
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    state: "LAYER_STATE_TRANSFERRING",
    completedBytes: 2_400_000,
    totalBytes: 4_800_000,
    source: "SOURCE_PEER",
  },
  findings: [
    { code: "UploadLimited", text: "uploads are limited" },
    { code: "PeersSlow", text: "a block takes 12 ms" },
  ],
  links: [link, foreign],
  linkCount: 2,
  piecesByCopies: [3, 37, 0, 1],
};
const lonely = {
  layer: { ...moving.layer, digest: aDigest("b"), completedBytes: 0, totalBytes: 1_000 },
  findings: [{ code: "NoPeers", text: "the tracker knows of no other peer" }],
};
const answer = {
  image: {
    reference: BUSYBOX,
    digest: aDigest("f"),
    size: 4_801_000,
    layers: 2,
    state: "IMAGE_STATE_TRANSFERRING",
  },
  findings: [{ code: "Transferring", text: "0 of 2 layers are complete" }],
  layers: [moving, lonely],
};

describe("explain", () => {
  it("prints the first finding of the image and of each layer, links and copies", async () => {
    const { exitCode, stdout, stderr, requests } = await explain(answer);
    assert.deepEqual([exitCode, stderr, requests], [0, "", [{ reference: BUSYBOX }]]);
    assert.deepEqual(stdout.split("\n"), [
      `${BUSYBOX}: Transferring: 0 of 2 layers are complete`,
      "",
      "aaaaaaaaaaaa 50% of 4.8MB: UploadLimited: uploads are limited",
      "  PEER             KIND     DIRECTION  IN FLIGHT  DOWN     UP    ASK   HOLDS  STRIKES",
      "  10.0.0.1:6881    agent    out        1.3MB      2.1MB/s  0B/s  12ms  40     0",
      "  10.0.0.20:51413  foreign  in         0B         0B/s     0B/s  -     3      2",
      "  COPIES  0  1   3",
      "  PIECES  3  37  1",
      "",
      "bbbbbbbbbbbb 0% of 1.0kB: NoPeers: the tracker knows of no other peer",
      "",
    ]);
  });

  it("prints all findings, and every name and number in full, with -o wide", async () => {
    const lines = (await explain(answer, "-o", "wide")).stdout.split("\n");
    assert.equal(lines[2], `${aHex("a")} 50% of 4800000B: UploadLimited: uploads are limited`);
    assert.equal(lines[3], "  PeersSlow: a block takes 12 ms");
    assert.match(lines[4] ?? "", /STRIKES {2}NODE {4}ZONE$/);
    assert.match(lines[5] ?? "", / 1310720B {3}2100000B\/s .* node-1 {2}-$/);
    assert.match(lines[6] ?? "", / -TR- {4}b$/);
  });

  it("prints JSON and YAML of one shape", async () => {
    const json = JSON.parse((await explain(answer, "-o", "json")).stdout);
    const layer = { state: "transferring", bytesPerSecond: 0, peers: 0, infoHash: "" };
    assert.deepEqual(json, {
      ...answer.image,
      state: "transferring",
      findings: answer.findings,
      blobs: [
        {
          ...{ ...moving.layer, ...layer, source: "peer" },
          ...{ findings: moving.findings, links: moving.links, linkCount: 2 },
          piecesByCopies: moving.piecesByCopies,
        },
        {
          ...{ ...lonely.layer, ...layer, source: "peer" },
          ...{ findings: lonely.findings, links: [], linkCount: 0, piecesByCopies: [] },
        },
      ],
    });
    const { load } = await import("js-yaml");
    assert.deepEqual(load((await explain(answer, "-o", "yaml")).stdout), json);
  });

  it("says how many links there are beyond those that it shows", async () => {
    const { stdout } = await explain({ ...answer, layers: [{ ...moving, linkCount: 90 }] });
    assert.match(stdout, /STRIKES\n(?: {2}10\..*\n){2} {2}and 88 more links\n {2}COPIES/);
  });

  it("prints what peers call themselves as text, and never as commands", async () => {
    const evil = "x\u001b[2J\n\u202e";
    const shown = "x\\u{1b}[2J\\u{a}\\u{202e}";
    const named = { ...link, address: evil, node: evil, zone: evil, kind: evil };
    const finding = { code: evil, text: evil };
    const layer = { ...moving, findings: [finding, finding], links: [named] };
    for (const format of ["table", "wide"]) {
      const { stdout } = await explain(
        { image: { ...answer.image, reference: evil }, findings: [finding], layers: [layer] },
        ...["-o", format],
      );
      assert.ok(stdout.includes(`${shown}: ${shown}: ${shown}\n`));
      assert.ok(stdout.includes(`  ${shown}  ${shown}  out `));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
      assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
  });

  it("answers for an image that was never started", async () => {
    const finding = { code: "NotAssigned", text: "it was not started here" };
    const ran = await explain({ image: { reference: BUSYBOX }, findings: [finding] });
    assert.deepEqual(
      [ran.exitCode, ran.stdout],
      [0, `${BUSYBOX}: NotAssigned: it was not started here\n`],
    );
  });

  it("prints nothing odd when the daemon leaves everything out", async () => {
    const { exitCode, stdout } = await explain({ layers: [{}] });
    assert.deepEqual([exitCode, stdout], [0, "\n\n 100% of 0B\n"]);
  });

  it("fails when the daemon refuses", async () => {
    await using daemon = await startFakeDaemon({
      Explain: () => {
        throw new Status(13, "a defect");
      },
    });
    const ran = await runCaptured(["--address", daemon.address, "explain", "busybox"]);
    assert.deepEqual([ran.exitCode, ran.stdout], [1, ""]);
    assert.match(ran.stderr, /^\[ctr\] .*a defect/);
  });

  it("needs an image, and one that can be named", async () => {
    assert.equal((await runCaptured(["explain"])).exitCode, 2);
    assert.equal((await explain(answer, "other")).exitCode, 2);
    assert.equal((await runCaptured(["explain", "oci:x"])).exitCode, 2);
  });
});
