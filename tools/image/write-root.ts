import { chmodSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RootEntry, withParents } from "./root-entry.ts";

/** Makes `top`, which is not there yet, with these files in it; whoever calls owns them. The umask does not matter. */
export function writeRoot(top: string, entries: readonly RootEntry[]): void {
  const all = withParents(entries);
  mkdirSync(top, { recursive: true });
  chmodSync(top, 0o755);
  for (const entry of all) writeEntry(join(top, entry.path), entry);
  // From the inside out, for what is made in a directory changes its time.
  for (const { path } of all.toReversed()) lutimesSync(join(top, path), 0, 0);
  lutimesSync(top, 0, 0);
}

function writeEntry(path: string, entry: RootEntry): void {
  if (entry.type === "symlink") {
    symlinkSync(entry.target, path);
    return;
  }
  if (entry.type === "directory") mkdirSync(path);
  else writeFileSync(path, entry.bytes);
  chmodSync(path, entry.mode);
}
