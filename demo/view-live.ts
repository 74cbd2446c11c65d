import { createLiveScreen, type Output } from "../src/ctr/index.ts";
import type { LayerNames, View } from "./a-view.ts";
import { type NodeProgress, notBegun } from "./progress.ts";
import { rowsOf } from "./rows.ts";

/** Bars that move; for a terminal. */
export function createLiveView(output: Output, nodes: readonly string[], names: LayerNames): View {
  const screen = createLiveScreen(output);
  const all = new Map<string, NodeProgress>(nodes.map((node) => [node, notBegun(node)]));
  const draw = () =>
    screen.draw((columns, rows) => rowsOf([...all.values()], names, columns, rows - 1));
  return {
    progress(progress) {
      all.set(progress.node, progress);
      draw();
    },
    tell: (sentence) => screen.print([sentence]),
    close: () => screen.close(),
  };
}
