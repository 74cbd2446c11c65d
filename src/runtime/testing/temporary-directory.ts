import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that is gone when the block ends. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), "oci-torrent-runtime-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
