import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd, type Scope } from "./at-end.ts";

/** A directory that is there until the test or suite ends. */
export function tempDir(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), `${tempPrefix()}-`));
  atEnd(scope, () => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** What the temporary directories of this run begin with: the runner looks for those that were left behind. */
export const tempPrefix = () => `oci-torrent-${process.env["OCI_TORRENT_TEST_RUN"] ?? process.pid}`;
