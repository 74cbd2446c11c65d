import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Containerd, startContainerd } from "../../e2e/node/containerd.ts";
import { loadable, startImageMirror } from "../../e2e/node/image-mirror.ts";
import { namesFor } from "../../e2e/node/loadable-images.ts";
import { startHelper } from "../../e2e/node/runtime-helper.ts";
import type { Scope } from "../../e2e/support/at-end.ts";
import { type ImageRecord, makeImage } from "../../e2e/support/images.ts";
import { startRegistry, type TestRegistry } from "../../e2e/support/registry.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { probeImage } from "../../src/agent/index.ts";
import { connectSocket, criImageMethods, unary } from "../../src/api/index.ts";
import { buildPrograms } from "../../tools/go-modules.ts";
import { moduleOf } from "../../tools/go-programs.ts";
import { secondsOf } from "../daemons.ts";
import { memoryOf } from "../proc.ts";
import { REGISTRY_NEEDS, settleDisk } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { seededRandom, shuffled } from "../shuffle.ts";
import { megabytes } from "../units.ts";

const LAYER_BYTES = 480e6;
const MOST_HELPER_BYTES = 85e6;
const TIMEOUT_MS = 300_000;

export const loadScenario: Scenario = {
  name: "load",
  about: `an image of one layer of ${megabytes(LAYER_BYTES)} MB from the node's store into containerd, against a pull from a registry on loopback`,
  needs: () => [...REGISTRY_NEEDS, "root", "unshare"],
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

type Way = {
  readonly name: "load" | "pull";
  run(): Promise<{ readonly seconds: number; readonly helperBytes?: number }>;
};

async function measure(scope: Scope, { runs, seed, tell }: BenchOptions) {
  const programs = buildPrograms(moduleOf("containerd"));
  if (programs.state === "impossible") throw new Error(programs.why);
  const layers = [{ seed: "load", bytes: LAYER_BYTES }];
  const image = await makeImage(tempDir(scope), { tag: "1", layers });
  const registry = await startRegistry(scope);
  await registry.push(image, "bench/load:1");
  const ways: readonly Way[] = [
    { name: "load", run: () => withScope((inner) => load(inner, image)) },
    {
      name: "pull",
      run: async () => ({ seconds: await withScope((inner) => pull(inner, registry)) }),
    },
  ];
  const [seconds, helperBytes] = [{ load: [] as number[], pull: [] as number[] }, [] as number[]];
  const random = seededRandom(seed);
  for (let run = 1; run <= runs; run += 1) {
    for (const way of shuffled(ways, random)) {
      await settleDisk();
      const sample = await way.run();
      seconds[way.name].push(sample.seconds);
      if (sample.helperBytes !== undefined) helperBytes.push(sample.helperBytes);
      tell(`run ${run}, ${way.name}: ${sample.seconds.toFixed(2)} s`);
    }
  }
  return figuresOf(seconds, helperBytes);
}

/** As an agent has it done, into a containerd that has nothing yet. */
async function load(scope: Scope, image: ImageRecord) {
  const containerd = await startContainerd(scope, { version: "2.4", hosts: "directory" });
  const mirror = await startImageMirror(scope);
  const helper = await startHelper(scope, containerd);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const probe = probeImage();
  await helper.probe(probe, mirror.login(probe), limit);
  const stored = await loadable(image);
  const wanted = { digest: stored.digest, names: namesFor(stored) };
  const seconds = await secondsOf(() => helper.load(wanted, mirror.login(stored), false, limit));
  return { seconds, helperBytes: memoryOf(helper.process.pid).peakRssBytes };
}

/** As a kubelet has it done, into a containerd that has nothing yet. */
async function pull(scope: Scope, { address, url }: TestRegistry): Promise<number> {
  const containerd = await startContainerd(scope, { version: "2.4", hosts: "directory" });
  allowPlainHttp(containerd, address, url);
  const client = connectSocket(containerd.socket);
  try {
    const asked = { image: { image: `${address}/bench/load:1` } };
    return await secondsOf(async () => {
      await unary(client, criImageMethods.PullImage, asked, { timeoutMs: TIMEOUT_MS });
    });
  } finally {
    client.close();
  }
}

function allowPlainHttp({ certsDirectory }: Containerd, host: string, url: string): void {
  const directory = join(certsDirectory, host);
  mkdirSync(directory);
  writeFileSync(join(directory, "hosts.toml"), `server = "${url}"\n`);
}

const figuresOf = (
  { load, pull }: Readonly<Record<"load" | "pull", readonly number[]>>,
  helperBytes: readonly number[],
): readonly Figure[] => [
  {
    name: "time of the load over that of a pull from a registry",
    unit: "ratio",
    samples: load.map((seconds, index) => seconds / (pull[index] ?? Number.NaN)),
    gate: { atMost: 1.15 },
  },
  { name: "time of the load", unit: "s", samples: load },
  { name: "time of the pull", unit: "s", samples: pull },
  {
    name: "peak memory of the runtime helper",
    unit: "MB",
    samples: helperBytes.map(megabytes),
    gate: { atMost: megabytes(MOST_HELPER_BYTES) },
  },
];
