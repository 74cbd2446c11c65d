import assert from "node:assert/strict";
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { aBlob, type TestBlob } from "../test-blob.ts";
import { bytesOfPiece, hashOfPiece, piecesOf } from "../torrent.ts";
import { type CheckedFile, type Checker, type CheckerOptions, createChecker } from "./checker.ts";
import { hashWorker } from "./hash-worker.ts";
import { createPool } from "./pool.ts";

const PIECE = 256 * 1024;
const pool = createPool(4 * 1024 * 1024);

describe("the checker", { timeout: 30_000 }, () => {
  let directory: string;
  let handle: FileHandle;
  let checker: Checker;
  const restarts: string[] = [];

  const start = (options: Partial<CheckerOptions> = {}) => {
    const onRestart = (why: string) => restarts.push(why);
    checker = createChecker({ pool: pool.memory, onRestart, ...options });
  };
  const fileFor = (blob: TestBlob, fd = handle.fd): CheckedFile => {
    const { name, size, pieceLength } = blob.torrent;
    return checker.open({ fd, size, pieceLength, digest: name });
  };
  const check = async (file: CheckedFile, blob: TestBlob, piece: number, wrong = false) => {
    const slot = pool.take(bytesOfPiece(blob.torrent, piece));
    slot.bytes.set(blob.bytes.subarray(piece * PIECE, piece * PIECE + slot.bytes.length));
    if (wrong) slot.bytes[5] = (slot.bytes[5] ?? 0) ^ 1;
    const released = Promise.withResolvers<void>();
    const expected = hashOfPiece(blob.torrent, piece);
    const ok = await file.check(piece, slot, expected, released.resolve);
    await released.promise;
    pool.give(slot);
    return ok;
  };
  const all = (blob: TestBlob) => new Uint8Array(piecesOf(blob.torrent)).fill(1);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "checker-"));
    handle = await open(join(directory, "blob"), "w+");
    restarts.length = 0;
  });
  afterEach(async () => {
    await checker.close();
    await handle.close();
    await rm(directory, { recursive: true });
  });

  it("writes pieces that come in any order, and proves the whole", async () => {
    start();
    const blob = aBlob(5 * PIECE + 77);
    const file = fileFor(blob);
    for (const piece of [3, 0, 5, 1, 4]) assert.equal(await check(file, blob, piece), true);
    assert.equal(await check(file, blob, 2, true), false);
    assert.equal(await check(file, blob, 2), true);
    assert.equal(await file.prove(), true);
    assert.ok((await readFile(join(directory, "blob"))).equals(blob.bytes));
  });

  it("checks a piece that has memory of its own", async () => {
    start();
    const blob = aBlob(PIECE);
    const everything = pool.take(pool.bytes);
    try {
      assert.notEqual(pool.take(PIECE).memory, pool.memory);
      assert.equal(await check(fileFor(blob), blob, 0, true), false);
      assert.equal(await check(fileFor(blob), blob, 0), true);
    } finally {
      pool.give(everything);
    }
  });

  it("says that the digest is wrong, and after a repair that it is right", async () => {
    start();
    const blob = aBlob(3 * PIECE);
    const bad = { ...blob, torrent: { ...blob.torrent, name: "0".repeat(64) } };
    const file = fileFor(bad);
    for (const piece of [0, 1, 2]) await check(file, blob, piece);
    assert.equal(await file.prove(), false);
    const good = fileFor(blob);
    for (const piece of [0, 1, 2]) await check(good, blob, piece);
    good.forget([1]);
    await check(good, blob, 1);
    assert.equal(await good.prove(), true);
  });

  it("finds the pieces that are right on disk", async () => {
    start();
    const blob = aBlob(4 * PIECE + 5);
    const damaged = Buffer.from(blob.bytes);
    damaged[2 * PIECE] = (damaged[2 * PIECE] ?? 0) ^ 1;
    await handle.write(damaged, 0, damaged.length, 0);
    const file = fileFor(blob);
    assert.deepEqual([...(await file.scan(all(blob), blob.torrent.pieces))], [1, 1, 0, 1, 1]);
    await check(file, blob, 2);
    assert.equal(await file.prove(), true);
  });

  it("tells that a file cannot be written or read", async () => {
    start();
    const blob = aBlob(PIECE);
    const full = await open("/dev/full", "r+");
    const refused = check(fileFor(blob, full.fd), blob, 0);
    await assert.rejects(refused, { name: "WorkerFailed", code: "ENOSPC" });
    await full.close();
    const scanned = fileFor(blob).scan(all(blob), blob.torrent.pieces);
    await assert.rejects(scanned, /has become shorter/);
    assert.equal(await check(fileFor(blob), blob, 0), true);
  });

  // Both begin as the real one does, so that the second thread is a good one.
  const failing = (act: string) =>
    `const { existsSync, writeFileSync, unlinkSync } = require("node:fs");
     const { parentPort, workerData } = require("node:worker_threads");
     const mark = process.env.CHECKER_TEST_MARK;
     if (existsSync(mark)) (${hashWorker})();
     else { writeFileSync(mark, ""); parentPort.on("message", (job) => {
       if (job.do !== "check") return;
       Atomics.add(new Int32Array(workerData.beat), 0, 1);
       ${act} }); }`;
  const failures = [
    { what: "threw", act: `throw new Error("failpoint");`, why: "threw" },
    { what: "exited", act: "process.exit(0);", why: "threw" },
    {
      what: "hung",
      act: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);",
      why: "hung",
    },
  ];
  for (const { what, act, why } of failures) {
    it(`starts another thread within 2 s when one ${what}, and does the work again`, async () => {
      process.env["CHECKER_TEST_MARK"] = join(directory, "mark");
      start({ source: failing(act) });
      const blob = aBlob(2 * PIECE);
      const file = fileFor(blob);
      const began = performance.now();
      const checked = Promise.all([check(file, blob, 0), check(file, blob, 1)]);
      assert.deepEqual(await checked, [true, true]);
      assert.ok(performance.now() - began < 4_000, `${performance.now() - began} ms`);
      assert.deepEqual(restarts, [why]);
      assert.equal(await file.prove(), true);
    });
  }

  it("gives up on work that ends every thread, and goes on with other work", async () => {
    start({
      source: `const { parentPort } = require("node:worker_threads");
        parentPort.on("message", (job) => { if (job.do === "check") throw new Error("x"); });`,
    });
    const blob = aBlob(PIECE);
    await assert.rejects(check(fileFor(blob), blob, 0), { code: "WORKER" });
    assert.ok(restarts.length > 1);
  });

  it("closes a file with work under way", async () => {
    start();
    const blob = aBlob(4 * PIECE);
    const file = fileFor(blob);
    const released: number[] = [];
    for (const piece of [0, 1, 2, 3]) {
      const slot = pool.take(PIECE);
      void file.check(piece, slot, hashOfPiece(blob.torrent, piece), () => released.push(piece));
    }
    await file.close();
    await file.close();
    assert.deepEqual(released.sort(), [0, 1, 2, 3]);
  });
});
