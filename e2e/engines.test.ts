// Both engines do the main job, and daemons with different ones help each other.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { methods, unary } from "../src/api/index.ts";
import { suite } from "./support/at-end.ts";
import { type ImageRecord, makeImage } from "./support/images.ts";
import { bring, leecherArgs, seederArgs, startDaemon, verify } from "./support/loopback-daemons.ts";
import { lacking } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const ENGINES = ["lean", "webtorrent"] as const;
type Engine = (typeof ENGINES)[number];

describe("engines", { skip: lacking("docker-registry", "skopeo") }, () => {
  const scope = suite();
  let registry: TestRegistry;
  let image: ImageRecord;
  let reference: string;

  before(async () => {
    registry = await startRegistry(scope);
    const layers = [
      { seed: "engines 1", bytes: 9_000_000 },
      { seed: "engines 2", bytes: 300_000, gzip: true },
      { seed: "engines 3", bytes: 100 },
    ];
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, "engines:1");
    reference = `${registry.address}/engines:1`;
  });

  const withEngine = (engine: Engine, args: readonly string[]) => ({
    args: [...args, "--engine", engine],
  });

  for (const seederEngine of ENGINES) {
    for (const leecherEngine of ENGINES) {
      it(`${leecherEngine} leechers complete from a seeder on ${seederEngine}`, async (t) => {
        const seeder = await startDaemon(t, withEngine(seederEngine, seederArgs(registry.address)));
        const { engine } = await unary(seeder.client, methods.GetVersion, {});
        assert.equal(engine, seederEngine);
        const leechers = await Promise.all(
          [1, 2].map(() => startDaemon(t, withEngine(leecherEngine, leecherArgs(seeder)))),
        );
        // All at once: leechers ask while the seeder still fetches.
        const [, ...brought] = await Promise.all(
          [seeder, ...leechers].map((daemon) => bring(daemon, reference)),
        );
        for (const { digest, totals } of brought) {
          assert.equal(digest, image.manifest.digest);
          assert.equal(totals.registryBytes, 0);
          assert.equal(totals.peerBytes, totals.totalBytes);
        }
        for (const leecher of leechers) {
          const results = await verify(leecher, reference);
          assert.ok(results.every((result) => result === "VERIFY_RESULT_OK"));
        }
      });
    }
  }
});
