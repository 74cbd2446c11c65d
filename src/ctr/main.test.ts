import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { anEvent } from "./testing/events.ts";
import { startFakeDaemon } from "./testing/fake-daemon.ts";

const MAIN = join(import.meta.dirname, "main.ts");

const ctr = (argv: readonly string[]): ChildProcess =>
  spawn(process.execPath, [MAIN, ...argv], { stdio: "pipe", env: { PATH: process.env["PATH"] } });

async function ended(child: ChildProcess) {
  const [exit, stdout, stderr] = await Promise.all([
    once(child, "close"),
    child.stdout === null ? "" : text(child.stdout).catch(() => "no longer read"),
    child.stderr === null ? "" : text(child.stderr),
  ]);
  return { exitCode: exit[0], stdout, stderr };
}

const stalls = {
  async *StartDownload(_request: unknown, signal: AbortSignal) {
    yield anEvent("STEP_INSPECT");
    await new Promise((over) => signal.addEventListener("abort", over));
  },
};

describe("the process", () => {
  it("ends with the exit code of its command, and nothing keeps it", async () => {
    await using daemon = await startFakeDaemon({ ListImages: () => ({ images: [] }) });
    const ran = await ended(ctr(["list", "--address", daemon.address]));
    assert.deepEqual(ran, {
      exitCode: 0,
      stdout: "IMAGE  DIGEST  LAYERS  SIZE  STATE\n",
      stderr: "",
    });
    assert.equal((await ended(ctr(["list", "--nonsense"]))).exitCode, 2);
  });

  it("ends on Ctrl-C, and says that the daemon goes on", async () => {
    await using daemon = await startFakeDaemon(stalls);
    const child = ctr(["start", "busybox", "--address", daemon.address]);
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const { exitCode, stderr } = await ended(child);
    assert.equal(exitCode, 130);
    assert.match(stderr, /^\[ctr\] interrupted: the transfer of docker:\/\/busybox goes on/);
  });

  it("waits for a password no longer than --timeout", async () => {
    await using daemon = await startFakeDaemon(stalls);
    const login = ["--username", "joe", "--password-stdin", "--timeout", "300ms"];
    const child = ctr(["start", "busybox", ...login, "--address", daemon.address]);
    assert.equal((await ended(child)).exitCode, 4);
  });

  it("says that its output could not be written", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [MAIN, "--help"], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const { exitCode, stderr } = await ended(child);
    assert.deepEqual(
      [exitCode, stderr],
      [1, "[ctr] could not write the output: no space left on the device\n"],
    );
  });

  it("ends quietly when nobody reads on", async () => {
    await using daemon = await startFakeDaemon({
      async *StartDownload(_request, signal) {
        // Until the reader's end is noticed: nobody can say how many lines a pipe holds.
        while (!signal.aborted) {
          yield anEvent("STEP_WAIT", { text: "x".repeat(10_000) });
          await new Promise((soon) => setImmediate(soon));
        }
      },
    });
    const child = ctr(["start", "busybox", "--address", daemon.address]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { exitCode, stderr } = await ended(child);
    assert.deepEqual([exitCode, stderr], [0, ""]);
  });
});
