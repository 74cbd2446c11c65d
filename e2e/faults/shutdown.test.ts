// SIGTERM in the middle of the work: it ends in time and in order, and the next start goes on where it was.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { methods, serverStream } from "../../src/api/index.ts";
import { makeImage } from "../support/images.ts";
import {
  bring,
  follow,
  leecherArgs,
  seederArgs,
  startDaemon,
} from "../support/loopback-daemons.ts";
import { start } from "../support/processes.ts";
import { lacking, ourProgram } from "../support/programs.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";

describe("a shutdown", { skip: lacking("docker-registry", "skopeo") }, () => {
  it("ends a transfer in order, and the next start goes on", async (t) => {
    const registry = await startRegistry(t);
    const layers = [{ seed: "shutdown", bytes: 9_000_000 }];
    await registry.push(await makeImage(tempDir(t), { tag: "1", layers }), "down:1");
    const reference = `${registry.address}/down:1`;
    const seeder = await startDaemon(t, { args: seederArgs(registry.address) });
    await bring(seeder, reference);

    const root = join(tempDir(t), "root");
    const pidfile = join(tempDir(t), "pid");
    const args = [...leecherArgs(seeder), "--download-rate", "3MB", "--pidfile", pidfile];
    const leecher = await startDaemon(t, { root, args });
    assert.ok(existsSync(pidfile));
    const transfer = async () => {
      for await (const { completedBytes } of follow(leecher, reference)) {
        if (completedBytes > 3_000_000) leecher.process.kill("SIGTERM");
      }
    };
    await assert.rejects(transfer(), /shutting down/);
    assert.deepEqual(await leecher.process.exit, { code: 0, signal: null });
    assert.match(leecher.process.stderr(), /"stopped"/);
    assert.ok(!existsSync(pidfile));

    const restarted = await startDaemon(t, { root, args: leecherArgs(seeder) });
    const { totals } = await bring(restarted, reference);
    assert.ok(totals.resumedBytes > 2_000_000, JSON.stringify(totals));
  });

  it("tells watchers to go, and closes what they watched", async (t) => {
    const seeder = await startDaemon(t, { args: seederArgs() });
    const watch = serverStream(seeder.client, methods.WatchStatus, {});
    assert.deepEqual((await watch.next()).value?.images, []);
    seeder.process.kill("SIGTERM");
    await assert.rejects(async () => {
      for await (const _ of watch);
    });
    assert.deepEqual(await seeder.process.exit, { code: 0, signal: null });
  });
});

describe("a second daemon", () => {
  it("does not touch the directory of the first", async (t) => {
    const first = await startDaemon(t, { args: seederArgs() });
    const args = ["--bt-seeder", "--root-dir", first.root, "--metrics-listen", "off"];
    const elsewhere = ["--listen", `unix://${join(tempDir(t), "s.sock")}`, "--bt-port", "0"];
    const second = start(t, ourProgram("oci-torrentd"), [...args, ...elsewhere]);
    assert.deepEqual(await second.exit, { code: 1, signal: null });
    assert.match(
      second.stderr(),
      /^\[oci-torrentd\] could not use \S+: another oci-torrentd works on it: stop that one or choose another --root-dir$/m,
    );
  });

  it("does not take the socket of the first, but that of one that was killed", async (t) => {
    const first = await startDaemon(t, { args: seederArgs() });
    const again = () =>
      start(t, ourProgram("oci-torrentd"), [
        ...["--bt-seeder", "--root-dir", join(tempDir(t), "root"), "--metrics-listen", "off"],
        ...["--listen", `unix://${first.socket}`, "--bt-port", "0"],
        ...["--tracker-listen", "127.0.0.1:0"],
      ]);
    const second = again();
    assert.deepEqual(await second.exit, { code: 1, signal: null });
    assert.match(second.stderr(), /another process answers there: choose another --listen/);
    first.process.kill("SIGKILL");
    await first.process.exit;
    assert.ok(existsSync(first.socket));
    await again().line(/"ready"/);
  });
});
