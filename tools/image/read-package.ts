// Reads a .deb without dpkg, which not every machine has: deb(5) is an ar archive with a tar in it.
import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, type Header } from "tar-stream";
import type { PinnedPackage } from "./debian-packages.ts";
import { file, type RootEntry } from "./root-entry.ts";

const AR_MAGIC = "!<arch>\n";
const AR_HEADER_BYTES = 60;
const MOST_UNPACKED_BYTES = 256 * 1024 * 1024;

/** The members of an ar archive by name (ar(5): name 16 bytes, size as a decimal at 48, bodies padded to two bytes). */
export function readAr(archive: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  if (bytes.toString("latin1", 0, AR_MAGIC.length) !== AR_MAGIC) {
    throw new Error("could not read an ar archive: it does not begin as one");
  }
  const members = new Map<string, Buffer>();
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= bytes.length; ) {
    const header = bytes.toString("latin1", at, at + AR_HEADER_BYTES);
    const name = header.slice(0, 16).trim().replace(/\/$/, "");
    const size = Number(header.slice(48, 58));
    const start = at + AR_HEADER_BYTES;
    members.set(name, bytes.subarray(start, start + size));
    at = start + size + (size % 2);
  }
  return members;
}

/** Node has no xz. */
function unxz(bytes: Uint8Array): Buffer {
  const { error, status, stdout, stderr } = spawnSync("xz", ["--decompress", "--stdout"], {
    input: bytes,
    maxBuffer: MOST_UNPACKED_BYTES,
  });
  if (error !== undefined || status !== 0) {
    const why = error?.message ?? stderr.toString().trim();
    throw new Error(`could not unpack a Debian package with xz: ${why}; install xz-utils`);
  }
  return stdout;
}

function entryOf(path: string, header: Header, bytes: Uint8Array): RootEntry {
  const { type, linkname, mode = 0 } = header;
  if (type === "symlink" && linkname) return { path, type: "symlink", target: linkname };
  if (type !== "file") throw new Error(`the Debian package has ${path} as a ${type}`);
  return file(path, bytes, (mode & 0o111) === 0 ? 0o644 : 0o755);
}

/** What the image takes of a package. Throws when the package lacks some of it. */
export async function readPackage(
  deb: Uint8Array,
  { name, paths }: PinnedPackage,
): Promise<RootEntry[]> {
  const data = readAr(deb).get("data.tar.xz");
  if (data === undefined) throw new Error(`the Debian package ${name} has no data.tar.xz`);
  const wanted = new Set(paths);
  const found: RootEntry[] = [];
  const entries = Readable.from([unxz(data)], { objectMode: false }).pipe(extract());
  for await (const entry of entries) {
    const path = entry.header.name.replace(/^\.\//, "");
    if (wanted.delete(path)) found.push(entryOf(path, entry.header, await buffer(entry)));
    entry.resume();
  }
  if (wanted.size > 0) throw new Error(`the package ${name} lacks ${[...wanted].join(", ")}`);
  return found;
}
