import { formatBytes, type Output, percentOf } from "../src/ctr/index.ts";
import type { View } from "./a-view.ts";
import { fractionDone, type NodeProgress, notBegun, sumOf } from "./progress.ts";

const INTERVAL_MS = 1_000;

/** A line a second while anything moves; for files and pipes. */
export function createPlainView(output: Output, nodes: readonly string[]): View {
  const all = new Map<string, NodeProgress>(nodes.map((node) => [node, notBegun(node)]));
  let shown = "";
  const show = () => {
    const line = [...all.values()].map(shortly).join("  ");
    if (line !== shown) output.write(`${line}\n`);
    shown = line;
  };
  const timer = setInterval(show, INTERVAL_MS);
  return {
    progress: (progress) => void all.set(progress.node, progress),
    tell: (sentence) => void output.write(`${sentence}\n`),
    close() {
      clearInterval(timer);
      show();
    },
  };
}

/** "leecher-1 45% 12MB/s" */
function shortly(progress: NodeProgress): string {
  const { node, state } = progress;
  if (state === "waiting" || state === "killed" || state === "done") return `${node} ${state}`;
  const { bytesPerSecond } = sumOf(progress);
  const rate = bytesPerSecond > 0 ? ` ${formatBytes(bytesPerSecond)}/s` : "";
  return `${node} ${percentOf(fractionDone(progress))}%${rate}`;
}
