import type { Watcher } from "./distribute.ts";

/** Shows the distribution of one image while it goes on. */
export type View = Watcher & {
  /** Leaves what there is to see standing. */
  close(): void;
};

/** Names of layers by their digests, where they have any. */
export type LayerNames = ReadonlyMap<string, string>;
