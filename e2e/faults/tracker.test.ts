// Trackers that end, and one with very many peers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { describe, it } from "node:test";
import { freePort } from "../support/free-port.ts";
import { startHeldRegistry } from "../support/held-registry.ts";
import { makeImage } from "../support/images.ts";
import { bring, follow, leecherArgs, startDaemon } from "../support/loopback-daemons.ts";
import { lacking } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { startTracker } from "../support/tracker.ts";

const LAYER_BYTES = 12_000_000;
const PEERS = 10_000;
const AT_A_TIME = 64;
const MOST_MEMORY_KIB = 300 * 1024;

describe("a tracker that ends", { skip: lacking() }, () => {
  it("does not stop a transfer under way, and one that comes back brings newcomers in", async (t) => {
    const layers = [{ seed: "tracker", bytes: LAYER_BYTES }];
    const image = await makeImage(tempDir(t), { tag: "1", layers });
    const registry = await startHeldRegistry(t, image);
    const reference = `${registry.address}/app:1`;
    const port = await freePort();
    const tracker = await startTracker(t, port);
    const tracked = (args: readonly string[]) => ({ args: [...args, "--bt-tracker", tracker.url] });
    const own = ["--bt-seeder", "--insecure-registry", registry.address];
    const seeder = await startDaemon(t, tracked(own));
    const leecher = await startDaemon(t, tracked(leecherArgs(seeder)));
    registry.hold(LAYER_BYTES / 2);
    registry.releaseManifests();
    const seeding = bring(seeder, reference);
    let last: string | undefined;
    let hasEnded = false;
    for await (const { step, completedBytes } of follow(leecher, reference)) {
      last = step;
      if (completedBytes === 0 || hasEnded) continue;
      hasEnded = true;
      tracker.process.kill("SIGKILL");
      await tracker.process.exit;
      registry.releaseAll();
    }
    assert.ok(hasEnded, "the tracker ended in the middle");
    assert.equal(last, "STEP_DONE");
    await seeding;

    const newcomer = await startDaemon(t, tracked(leecherArgs(seeder)));
    const bringing = follow(newcomer, reference);
    for await (const { step } of bringing) if (step === "STEP_START_TORRENT") break;
    await startTracker(t, port);
    assert.equal((await bring(newcomer, reference)).digest, image.manifest.digest);
  });
});

describe("a tracker with ten thousand peers in a swarm", () => {
  it("lists them all, hands out few at a time, and stays small", async (t) => {
    const { url, process } = await startTracker(t);
    const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
    t.after(() => agent.destroy());
    const infoHash = "%aa".repeat(20);
    const get = (path: string) => bodyOf(agent, new URL(path, url));
    const announce = (peer: number, left: number) =>
      get(
        `/announce?info_hash=${infoHash}&peer_id=-TT0001-${String(peer).padStart(12, "0")}` +
          `&port=${1_025 + peer}&left=${left}&uploaded=0&downloaded=0&compact=1&numwant=200`,
      );
    const waiting = Array.from({ length: PEERS }, (_, peer) => peer).values();
    let longest = 0;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        for (const peer of waiting) {
          const answer = await announce(peer, peer % 2);
          assert.match(answer.subarray(0, 40).toString("latin1"), /^d8:complete|^d8:interval/);
          longest = Math.max(longest, answer.length);
        }
      }),
    );
    assert.ok(longest < 1_024, `an answer had ${longest} bytes`);
    const scrape = (await get(`/scrape?info_hash=${infoHash}`)).toString("latin1");
    assert.match(scrape, new RegExp(`8:completei${PEERS / 2}e.*10:incompletei${PEERS / 2}e`));
    const status = readFileSync(`/proc/${pidOf(process.pid)}/status`, "utf8");
    const memory = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
    assert.ok(memory > 0 && memory < MOST_MEMORY_KIB, `${memory} KiB`);
  });
});

function bodyOf(agent: Agent, url: URL): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  request(url, { agent }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks)));
    response.on("error", reject);
  })
    .on("error", reject)
    .end();
  return promise;
}

/** The launcher runs the daemon as a child of its own where it starts another Node. */
function pidOf(launcher: number): number {
  const children = readFileSync(`/proc/${launcher}/task/${launcher}/children`, "utf8");
  return Number(children.trim().split(" ")[0] || launcher);
}
