import { statSync } from "node:fs";
import { join } from "node:path";
import type { TestAgent } from "../support/agents.ts";
import type { ImageRecord } from "../support/images.ts";

const BLOCK_BYTES = 512;

/** What the agents have of the image's layers: a file has its full size from its first byte on, but blocks only for what has come. */
export const bytesOnDisk = (agents: Iterable<TestAgent>, { layers }: ImageRecord): number =>
  [...agents]
    .flatMap(({ root }) => layers.flatMap(({ digest }) => filesOf(root, digest)))
    .reduce((sum, file) => sum + blocksOf(file) * BLOCK_BYTES, 0);

const filesOf = (root: string, digest: string): readonly string[] => [
  join(root, "partial", digest.replace("sha256:", "")),
  join(root, "blobs", digest.replace(":", "/")),
];

const blocksOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.blocks ?? 0;
