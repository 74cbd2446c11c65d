import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatBytes } from "../src/ctr/index.ts";
import { TOP } from "../tools/top.ts";
import type { LayerNames } from "./a-view.ts";
import type { DemoOptions } from "./arguments.ts";
import { buildIfOlder } from "./bundles.ts";
import { DemoError } from "./demo-error.ts";
import { distribute, type Outcome } from "./distribute.ts";
import { type BuiltImage, createImageBuilder } from "./image-builder.ts";
import { imageFiles } from "./image-files.ts";
import { createNodes, type Node } from "./nodes.ts";
import { removeAtExit } from "./processes.ts";
import { contentBytes, serveImages } from "./registry.ts";
import { outcomeTable, ratioLine } from "./table.ts";
import { verifyNode } from "./verify.ts";
import { createView } from "./view.ts";

/** What is distributed, and how the registry's part of it is counted. */
type Supply = {
  readonly images: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly names: LayerNames;
  /** Bytes that the registry gave, and bytes of all the images' content, each blob once. */
  readonly account: (outcomes: readonly Outcome[]) => { given: number; content: number };
};

/** More than once by so little is a manifest asked for twice, and no blob. */
const MOST_RATIO = 1.01;

/** Runs the whole demo, and takes away what it made. Throws DemoError with a sentence for the user. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await temporaryDirectory(options.keep, cleanup);
  if (await buildIfOlder()) say("Built the binaries in dist/");
  const supply =
    options.images.length > 0 ? takeFromRegistries(options) : await build(directory, cleanup);
  signal.throwIfAborted();

  const { seeder, leechers } = await createNodes({
    ...options,
    directory,
    insecureRegistries: supply.insecureRegistries,
  });
  const nodes = [seeder, ...leechers];
  cleanup.defer(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  await startAll(nodes, signal);
  const many = leechers.length === 1 ? "1 leecher" : `${leechers.length} leechers`;
  say(`Started 1 seeder and ${many} in ${directory}`);

  const outcomes = await distributeAll(supply, nodes, signal);
  const counts = await Promise.all(nodes.map((node) => verifyNode(node, signal)));
  say(`Verified ${counts.reduce((sum, count) => sum + count, 0)} blobs: all have the right digest`);
  const { given, content } = supply.account(outcomes);
  say(["", ...outcomeTable(outcomes), "", ratioLine(given, content, nodes.length)].join("\n"));
  checkCounts(outcomes, given / content);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function temporaryDirectory(keep: boolean, cleanup: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "oci-torrent-demo-"));
  if (keep) {
    cleanup.defer(() => say(`Kept ${directory}`));
    return directory;
  }
  const atExit = removeAtExit(directory);
  cleanup.defer(async () => {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    atExit.forget();
  });
  return directory;
}

/** Builds two images that share all layers but one, and serves them. */
async function build(directory: string, cleanup: AsyncDisposableStack): Promise<Supply> {
  const startedAt = performance.now();
  const builder = await createImageBuilder(join(directory, "registry"));
  const files = await imageFiles(TOP);
  const images = [await builder.build("1", files.first), await builder.build("2", files.second)];
  const registry = await serveImages(builder);
  cleanup.defer(() => registry.close());
  const content = contentBytes(images);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  say(`Built two images of ${formatBytes(content)} together in ${seconds} s`);
  return {
    images: images.map(registry.reference),
    insecureRegistries: [registry.host],
    names: namesIn(images),
    account: () => ({ given: registry.givenBytes(), content }),
  };
}

const namesIn = (images: readonly BuiltImage[]): LayerNames =>
  new Map(
    images.flatMap(({ layers }) =>
      layers.map(({ name, descriptor }): [string, string] => [descriptor.digest, name]),
    ),
  );

/** A registry of somebody else shows no log: what it gave is what the daemons say they took. */
const takeFromRegistries = ({ images, insecureRegistries }: DemoOptions): Supply => ({
  images,
  insecureRegistries,
  names: new Map(),
  account: (outcomes) => {
    const sum = (of: (outcome: Outcome) => number) =>
      outcomes.reduce((all, outcome) => all + of(outcome), 0);
    const atSeeder = (outcome: Outcome) => outcome.node === outcomes[0]?.node;
    return {
      given: sum(({ totals }) => totals.registryBytes),
      content: sum((outcome) =>
        atSeeder(outcome) ? outcome.totals.totalBytes - outcome.totals.localBytes : 0,
      ),
    };
  },
});

/** Waits for all even when one fails: what is to be ended must have begun. */
async function startAll(nodes: readonly Node[], signal: AbortSignal): Promise<void> {
  const results = await Promise.allSettled(nodes.map((node) => node.start(signal)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** One image after the other; while the first is on its way, the last leecher is killed. */
async function distributeAll(
  { images, names }: Supply,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [at, image] of images.entries()) {
    say(`\nDistributing ${image}`);
    const view = createView(
      process.stdout,
      process.env,
      nodes.map(({ name }) => name),
      names,
    );
    const victim = at === 0 ? nodes.at(-1) : undefined;
    try {
      const distribution = { image, nodes, ...(victim === undefined ? {} : { victim }) };
      outcomes.push(...(await distribute(distribution, view, signal)));
    } finally {
      view.close();
    }
  }
  return outcomes;
}

function checkCounts(outcomes: readonly Outcome[], ratio: number): void {
  const asking = outcomes.find(({ node, totals }) => node !== "seeder" && totals.registryBytes > 0);
  if (asking !== undefined) throw new DemoError(`${asking.node} took bytes from the registry`);
  if (ratio <= MOST_RATIO) return;
  throw new DemoError(`the registry gave ${ratio.toFixed(2)} times what the images have`);
}
