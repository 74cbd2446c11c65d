import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";

/** A file of this machine, and where it stands in an image: a path without a slash in front. */
export type TarFile = { readonly path: string; readonly from: string };

/** Nothing of who made it, or when: the same files always give the same bytes. */
const ANONYMOUS = { mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" } as const;

/** The bytes of a tar with these files and the directories above them, in the order of their paths. */
export async function* tarOf(files: readonly TarFile[]): AsyncGenerator<Buffer> {
  const tar = pack();
  const filling = fill(tar, files).catch((error: Error) => tar.destroy(error));
  for await (const chunk of tar) yield chunk as Buffer;
  await filling;
}

async function fill(tar: Pack, files: readonly TarFile[]): Promise<void> {
  for (const directory of directoriesAbove(files)) {
    tar.entry({ ...ANONYMOUS, name: `${directory}/`, type: "directory", mode: 0o755 });
  }
  for (const { path, from } of files.toSorted(byPath)) {
    const { size, mode } = await stat(from);
    const executable = (mode & 0o100) !== 0;
    const header = { ...ANONYMOUS, name: path, size, mode: executable ? 0o755 : 0o644 };
    await pipeline(createReadStream(from), tar.entry(header));
  }
  tar.finalize();
}

const byPath = (a: TarFile, b: TarFile): number => (a.path < b.path ? -1 : 1);

function directoriesAbove(files: readonly TarFile[]): readonly string[] {
  const directories = new Set<string>();
  for (const { path } of files) {
    for (let at = dirname(path); at !== "."; at = dirname(at)) directories.add(at);
  }
  return [...directories].sort();
}
