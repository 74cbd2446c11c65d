import { methods, serverStream, type Totals__Output } from "../src/api/index.ts";
import { DemoError } from "./demo-error.ts";
import type { Node } from "./nodes.ts";
import { advance, fractionDone, momentOf, type NodeProgress, notBegun } from "./progress.ts";

const WAIT_SECONDS = 60;

export type Distribution = {
  /** A reference; every node is asked for it at the same time. */
  readonly image: string;
  readonly nodes: readonly Node[];
  /** The node that is killed in the middle, and started again. */
  readonly victim?: Node;
};

export type Watcher = {
  progress(progress: NodeProgress): void;
  tell(sentence: string): void;
};

/** What became of an image on a node. */
export type Outcome = {
  readonly node: string;
  readonly image: string;
  readonly seconds: number;
  readonly totals: Totals__Output;
};

/** Brings an image to every node; the first failure ends it on all. */
export async function distribute(
  { image, nodes, victim }: Distribution,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const bring = async (node: Node): Promise<Outcome> => {
    const startedAt = performance.now();
    try {
      if (node === victim) await startAndKill(node, image, watcher, stop);
      const totals = await follow(node, image, watcher, stop);
      if (node === victim) checkResumed(node, totals);
      return { node: node.name, image, seconds: (performance.now() - startedAt) / 1_000, totals };
    } catch (error) {
      const cause = stop.aborted ? stop.reason : await node.explain(error);
      failed.abort(cause);
      throw cause;
    }
  };
  const results = await Promise.allSettled(nodes.map(bring));
  stop.throwIfAborted();
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

const eventsOf = (node: Node, image: string, signal: AbortSignal) =>
  serverStream(
    node.client,
    methods.StartDownload,
    { reference: image, waitSeconds: WAIT_SECONDS },
    { signal },
  );

/** Follows a transfer to its end, and resolves with what its last event says. */
async function follow(
  node: Node,
  image: string,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Totals__Output> {
  let progress = notBegun(node.name);
  for await (const event of eventsOf(node, image, signal)) {
    progress = advance(progress, event);
    watcher.progress(progress);
  }
  if (progress.state === "done" && progress.totals !== undefined) return progress.totals;
  throw new DemoError(`${node.name}: the transfer of ${image} ended without its totals`);
}

/** Starts a transfer and kills the daemon in the middle of it; the daemon runs again afterwards. */
async function startAndKill(
  node: Node,
  image: string,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<void> {
  const progress = await followToMiddle(node, image, watcher, signal);
  await node.kill();
  watcher.progress({ ...progress, state: "killed" });
  const percent = Math.floor(fractionDone(progress) * 100);
  watcher.tell(`${node.name} was killed (SIGKILL) at ${percent}%, and is started again`);
  await node.start(signal);
}

async function followToMiddle(
  node: Node,
  image: string,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<NodeProgress> {
  let progress = notBegun(node.name);
  for await (const event of eventsOf(node, image, signal)) {
    progress = advance(progress, event);
    watcher.progress(progress);
    const moment = momentOf(progress, event);
    if (moment === "now") return progress;
    if (moment === "too late") break;
  }
  throw new DemoError(
    `${node.name} had all of ${image} before it could be killed: give a lower --rate`,
  );
}

function checkResumed(node: Node, { resumedBytes }: Totals__Output): void {
  if (resumedBytes > 0) return;
  throw new DemoError(`${node.name} began from nothing after it was killed, and resumed no byte`);
}
