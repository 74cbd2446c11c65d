// The thread that hashes and writes fails in the middle of a transfer: another one does its work.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startHeldRegistry } from "../support/held-registry.ts";
import { makeImage } from "../support/images.ts";
import {
  bring,
  leecherArgs,
  seederArgs,
  startDaemon,
  verify,
} from "../support/loopback-daemons.ts";
import { tempDir } from "../support/temp.ts";

const LAYER_BYTES = 6_000_000;

/** Loaded by Node into every thread; the first piece that a hash thread is given is its end. `mark` tells that it was. */
const preload = (mark: string, act: string) =>
  `const { isMainThread, parentPort, threadName, workerData } = require("node:worker_threads");
   const { existsSync, writeFileSync } = require("node:fs");
   if (!isMainThread && threadName === "hash") parentPort.on("message", (job) => {
     if (job.do !== "check" || existsSync(${JSON.stringify(mark)})) return;
     writeFileSync(${JSON.stringify(mark)}, "");
     Atomics.add(new Int32Array(workerData.beat), 0, 1);
     ${act}
   });`;

const FAILURES = [
  { what: "throws", act: `throw new Error("failpoint");`, why: "threw" },
  {
    what: "hangs",
    act: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);",
    why: "hung",
  },
];

describe("a leecher whose hash thread fails once", () => {
  for (const { what, act, why } of FAILURES) {
    it(`completes, with all of its bytes right: it ${what}`, async (t) => {
      const layers = [{ seed: "hash thread", bytes: LAYER_BYTES }];
      const image = await makeImage(tempDir(t), { tag: "1", layers });
      const registry = await startHeldRegistry(t, image);
      const reference = `${registry.address}/app:1`;
      const seeder = await startDaemon(t, { args: seederArgs(registry.address) });
      await bring(seeder, reference);

      const directory = tempDir(t);
      const mark = join(directory, "failed");
      const hook = join(directory, "preload.cjs");
      writeFileSync(hook, preload(mark, act));
      const leecher = await startDaemon(t, {
        args: [...leecherArgs(seeder), "--log-level=debug"],
        env: { NODE_OPTIONS: `--require=${hook}` },
      });
      const { digest, totals } = await bring(leecher, reference);
      assert.ok(existsSync(mark), "the thread was given a piece");
      await leecher.process.line(new RegExp(`"message":"worker restarted".*"why":"${why}"`));
      assert.equal(digest, image.manifest.digest);
      assert.equal(totals.peerBytes, image.layers[0]?.size);
      const results = await verify(leecher, reference);
      assert.deepEqual(results, Array(3).fill("VERIFY_RESULT_OK"));
    });
  }
});
