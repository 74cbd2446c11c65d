import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { clearLeftovers, findLeftovers, RUN_VARIABLE } from "./leftovers.ts";

const skip = process.platform !== "linux" && "needs /proc";
const nothing = { processes: [], directories: [] };

it("finds a process and a directory of the run, and clears them away", { skip }, async () => {
  const runName = `leftovers-test-${process.pid}`;
  assert.deepEqual(findLeftovers(runName), nothing);
  const directory = mkdtempSync(join(tmpdir(), `oci-torrent-${runName}-`));
  const script = "console.log('ready'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ["-e", script], {
    env: { ...process.env, [RUN_VARIABLE]: runName },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  const left = findLeftovers(runName);
  assert.deepEqual(left.directories, [directory]);
  assert.deepEqual(
    left.processes.map(({ pid }) => pid),
    [child.pid],
  );
  assert.match(clearLeftovers(left), new RegExp(`process ${child.pid}: .*node.*\ndirectory /`));
  assert.deepEqual(await exited, [null, "SIGKILL"]);
  assert.ok(!existsSync(directory));
  assert.deepEqual(findLeftovers(runName), nothing);
});
