import { posix } from "node:path";

/** Something in the image's root, which root owns. `path` has no slash in front. */
export type RootEntry = { readonly path: string } & (
  | { readonly type: "directory"; readonly mode: number }
  | { readonly type: "file"; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly type: "symlink"; readonly target: string }
);

export const file = (path: string, contents: Uint8Array | string, mode = 0o644): RootEntry => ({
  path,
  type: "file",
  mode,
  bytes: Buffer.from(contents),
});

export const directory = (path: string, mode = 0o755): RootEntry => ({
  path,
  type: "directory",
  mode,
});

function* parentsOf(path: string): Generator<string> {
  for (let at = posix.dirname(path); at !== "."; at = posix.dirname(at)) yield at;
}

const byPath = ({ path: one }: RootEntry, { path: other }: RootEntry): number =>
  one < other ? -1 : 1;

/** The entries and the directories that they are in, each directory before what is in it, always in the same order. */
export function withParents(entries: readonly RootEntry[]): RootEntry[] {
  const given = new Set<string>();
  for (const { path } of entries) {
    if (given.has(path)) throw new Error(`could not put the image together: two files are ${path}`);
    given.add(path);
  }
  const parents = new Set(entries.flatMap(({ path }) => [...parentsOf(path)]));
  const missing = [...parents].filter((path) => !given.has(path));
  return [...entries, ...missing.map((path) => directory(path))].sort(byPath);
}
