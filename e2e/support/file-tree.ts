import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./images.ts";

export type FileTree = Readonly<Record<string, string>>;

/** What a directory has in it, by path: kind, mode, owner, group, and content or target; of a container's root, all that matters. */
export function fileTree(top: string): FileTree {
  const paths = readdirSync(top, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(paths.map((path) => [path, described(join(top, path))]));
}

function described(path: string): string {
  const stats = lstatSync(path);
  const owner = `${stats.uid}:${stats.gid}`;
  if (stats.isSymbolicLink()) return `symlink ${owner} ${readlinkSync(path)}`;
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isDirectory()) return `directory ${mode} ${owner}`;
  return `file ${mode} ${owner} ${sha256(readFileSync(path))}`;
}
