// The demo as a newcomer runs it.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { TOP } from "../tools/top.ts";
import { run } from "./support/processes.ts";
import { nodeProgram } from "./support/programs.ts";

const TIMEOUT_MS = 270_000;

describe("the demo", () => {
  it("distributes two images, loses a leecher on the way, and leaves nothing behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("oci-torrent-demo-"));
    const args = [`${TOP}/tools/run.mjs`, "demo/main.ts"];
    const { stdout } = await run(nodeProgram, args, { cwd: TOP, timeoutMs: TIMEOUT_MS });
    assert.match(
      stdout,
      /^leecher-\d was killed \(SIGKILL\) at (4\d|[5-9]\d)%, and is started again$/m,
    );
    assert.match(stdout, /^Verified \d+ blobs: all have the right digest$/m);
    const rows = stdout.split("\n").filter((line) => /^(seeder|leecher-\d) +127/.test(line));
    assert.equal(rows.length, 8, stdout);
    assert.match(stdout, /^The registry gave .*: 1\.0\d times its size\.$/m);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith("oci-torrent-demo-"));
    assert.deepEqual(after, before);
  });

  it("refuses arguments that it cannot use, in one sentence", async () => {
    const args = [`${TOP}/tools/run.mjs`, "demo/main.ts", "--leechers", "none"];
    const { stderr, stdout } = await run(nodeProgram, args, { cwd: TOP, codes: [2] });
    assert.equal(stdout, "");
    assert.match(stderr, /^.*--leechers.*\n/);
  });
});
