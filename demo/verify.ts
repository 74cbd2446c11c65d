import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { methods, serverStream } from "../src/api/index.ts";
import { DemoError } from "./demo-error.ts";
import type { Node } from "./nodes.ts";

/**
 * Reads every blob in the node's image layouts again, apart from its daemon, then has the daemon do the same; both must
 * know the same blobs. Resolves with their number.
 */
export async function verifyNode(node: Node, signal: AbortSignal): Promise<number> {
  const found = await verifyLayouts(join(node.root, "oci"), signal).catch((error: unknown) => {
    throw signal.aborted
      ? signal.reason
      : new DemoError(`${node.name}: ${(error as Error).message}`);
  });
  const told = await verifyByDaemon(node, signal);
  const missing = told.find((hex) => !found.has(hex));
  if (missing !== undefined) throw new DemoError(`${node.name} has no layout with ${missing}`);
  if (told.length === 0 || told.length !== found.size) {
    const counts = `${found.size} blobs in layouts, and its daemon knows ${told.length}`;
    throw new DemoError(`${node.name} has ${counts}`);
  }
  return found.size;
}

/** Compares every blob below `directory` with its name. Resolves with the names. */
export async function verifyLayouts(
  directory: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const files = await blobFiles(directory);
  for (const file of files) {
    if ((await sha256Of(file, signal)) !== basename(file)) {
      throw new DemoError(`the bytes of ${file} are not those of its name`);
    }
  }
  return new Set(files.map((file) => basename(file)));
}

async function blobFiles(layouts: string): Promise<readonly string[]> {
  const entries = await readdir(layouts, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && basename(entry.parentPath) === "sha256")
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return hash.digest("hex");
}

async function verifyByDaemon(node: Node, signal: AbortSignal): Promise<readonly string[]> {
  const hexes: string[] = [];
  for await (const { digest, result } of serverStream(
    node.client,
    methods.Verify,
    {},
    { signal },
  )) {
    if (result !== "VERIFY_RESULT_OK") {
      throw new DemoError(`${node.name}: the daemon says of ${digest}: ${result}`);
    }
    hexes.push((digest ?? "").replace("sha256:", ""));
  }
  return hexes;
}
