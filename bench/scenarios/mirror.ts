import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { atEnd, type Scope } from "../../e2e/support/at-end.ts";
import { type ImageRecord, makeImage } from "../../e2e/support/images.ts";
import { type Running, start } from "../../e2e/support/processes.ts";
import { nodeProgram } from "../../e2e/support/programs.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { TOP } from "../../tools/top.ts";
import { type Asked, ask } from "../mirror/asking.ts";
import { type Served, servedPath } from "../mirror/served.ts";
import { memoryOf } from "../proc.ts";
import { quantile } from "../quantile.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { seededRandom, shuffled } from "../shuffle.ts";
import { megabytes } from "../units.ts";

const MIB = 2 ** 20;
const CLIENTS = 1_000;
const REQUESTS = 60_000;
const BLOBS = 64;
const BLOB_BYTES = 256 * MIB;

export const mirrorScenario: Scenario = {
  name: "mirror",
  about: `a node's mirror against the least that Node can do: ${CLIENTS} clients that ask for a manifest, and ${BLOBS} at once that take a blob of ${BLOB_BYTES / MIB} MiB`,
  needs: () => ["setpriv"],
  measure: async (options) => ({ figures: await withScope((scope) => measure(scope, options)) }),
};

type Kind = "mirror" | "raw";
type Sample = {
  readonly manifests: Asked;
  readonly blobs: Asked;
  /** Beyond what it had before. */
  readonly manifestBytes: number;
  readonly blobBytes: number;
};

async function measure(scope: Scope, { runs, seed, tell }: BenchOptions) {
  const layers = [{ seed: "mirror", bytes: BLOB_BYTES }];
  const image = await makeImage(tempDir(scope), { tag: "1", layers });
  const file = join(tempDir(scope), "image.json");
  writeFileSync(file, JSON.stringify(image));
  const random = seededRandom(seed);
  const samples: Readonly<Record<Kind, Sample[]>> = { mirror: [], raw: [] };
  for (let run = 1; run <= runs; run += 1) {
    for (const kind of shuffled<Kind>(["mirror", "raw"], random)) {
      samples[kind].push(await withScope((inner) => measureOne(inner, kind, file, image)));
    }
    tell(`run ${run}: done`);
  }
  return figuresOf(samples);
}

async function measureOne(scope: Scope, kind: Kind, file: string, image: ImageRecord) {
  const flags = ["--max-semi-space-size=1", "--disable-warning=ExperimentalWarning"];
  const script = join(TOP, "bench/mirror/serve.ts");
  const server = start(scope, nodeProgram, [...flags, script, kind, file]);
  atEnd(scope, () => server.kill("SIGKILL"));
  const [line = ""] = await server.line(/^\{.*\}$/);
  const served = JSON.parse(line) as Served;
  const before = memoryOf(server.pid).rssBytes;
  const manifests = await ask(served, {
    ...{ clients: CLIENTS, requests: REQUESTS, methods: ["GET", "HEAD"] },
    path: servedPath("manifests", image.manifest.digest),
  });
  const manifestBytes = peakOver(server, before);
  const [layer] = image.layers;
  const blobs = await ask(served, {
    ...{ clients: BLOBS, requests: BLOBS, methods: ["GET"] },
    path: servedPath("blobs", layer?.digest ?? ""),
  });
  return { manifests, blobs, manifestBytes, blobBytes: peakOver(server, before) };
}

const peakOver = ({ pid }: Running, before: number) => memoryOf(pid).peakRssBytes - before;

function figuresOf({ mirror, raw }: Readonly<Record<Kind, readonly Sample[]>>): readonly Figure[] {
  const over = (rate: (sample: Sample) => number) =>
    mirror.map((sample, index) => rate(sample) / rate(raw[index] ?? sample));
  const answers = ({ manifests }: Sample) => manifests.latenciesMs.length / manifests.seconds;
  const rate = ({ blobs }: Sample) => megabytes(blobs.bytes) / blobs.seconds;
  const p99 = (asked: (sample: Sample) => Asked) =>
    mirror.map((sample) => quantile(asked(sample).latenciesMs, 0.99));
  return [
    { name: "answers a second over Node's own", unit: "ratio", samples: over(answers) },
    {
      name: "answers a second",
      ...{ unit: "count", samples: mirror.map(answers), gate: { atLeast: 8_000 } },
    },
    {
      name: "99 % are answered within",
      unit: "ms",
      samples: p99(({ manifests }) => manifests),
      gate: { atMost: 100 },
    },
    {
      name: "answers that were none",
      unit: "count",
      samples: mirror.map(({ manifests, blobs }) => manifests.failures + blobs.failures),
      gate: { atMost: 0 },
    },
    {
      name: "memory for the clients of manifests",
      unit: "MB",
      samples: mirror.map(({ manifestBytes }) => megabytes(manifestBytes)),
      gate: { atMost: megabytes(64 * MIB) },
    },
    { name: "rate of the blobs over Node's own", unit: "ratio", samples: over(rate) },
    {
      name: "rate of the blobs",
      unit: "MB/s",
      samples: mirror.map(rate),
      gate: { atLeast: megabytes(700 * MIB) },
    },
    {
      name: "memory with the readers of blobs",
      unit: "MB",
      samples: mirror.map(({ blobBytes }) => megabytes(blobBytes)),
      gate: { atMost: megabytes(96 * MIB) },
    },
  ];
}
