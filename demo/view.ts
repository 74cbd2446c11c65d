import { isScreen, type Output } from "../src/ctr/index.ts";
import type { LayerNames, View } from "./a-view.ts";
import { createLiveView } from "./view-live.ts";
import { createPlainView } from "./view-plain.ts";

export const createView = (
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  nodes: readonly string[],
  names: LayerNames,
): View =>
  isScreen(output, env) ? createLiveView(output, nodes, names) : createPlainView(output, nodes);
