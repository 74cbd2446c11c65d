import { isScreen, type Output } from "../src/ctr/index.ts";
import type { Watcher } from "./distribute.ts";
import { createLiveView } from "./view-live.ts";
import { createPlainView } from "./view-plain.ts";

/** Shows the distribution of one image while it goes on. */
export type View = Watcher & {
  /** Leaves what there is to see standing. */
  close(): void;
};

/** Names of layers by their digests, where they have any. */
export type LayerNames = ReadonlyMap<string, string>;

export const createView = (
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  nodes: readonly string[],
  names: LayerNames,
): View =>
  isScreen(output, env) ? createLiveView(output, nodes, names) : createPlainView(output, nodes);
