// Brings a pinned Debian package, once: it stays in the user's cache directory.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { PinnedPackage } from "./debian-packages.ts";

const DOWNLOAD_TIMEOUT_MS = 120_000;
const LARGEST_BYTES = 16 * 1024 * 1024;

/** Where packages stay once they have been fetched. */
export const cacheDirectory = (): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "oci-torrent/image");

const isIt = (bytes: Uint8Array, { sha256 }: PinnedPackage): boolean =>
  createHash("sha256").update(bytes).digest("hex") === sha256;

/** From the mirror that this machine's apt uses, if it has this version. */
function fromApt({ name, version }: PinnedPackage, directory: string): Uint8Array {
  const options = ["Acquire::Retries=0", "APT::Sandbox::User=root"].flatMap((each) => ["-o", each]);
  const args = ["-q", ...options, "download", `${name}:amd64=${version}`];
  const { error, status, stderr } = spawnSync("apt-get", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: DOWNLOAD_TIMEOUT_MS,
  });
  if (error !== undefined) throw error;
  const [found] = readdirSync(directory);
  if (status !== 0 || found === undefined) throw new Error(stderr.trim().replaceAll("\n", "; "));
  return readFileSync(join(directory, found));
}

async function fromUrl(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES) throw new Error(`it has more than ${LARGEST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type Source = { readonly where: string; read(): Uint8Array | Promise<Uint8Array> };

function sourcesOf(wanted: PinnedPackage, directory: string): Source[] {
  const pool = wanted.pool.replaceAll("+", "%2B");
  const urls = [
    `https://deb.debian.org/debian/${pool}`,
    `https://snapshot.debian.org/file/${wanted.sha1}`,
  ];
  return [
    { where: "apt-get download", read: () => fromApt(wanted, directory) },
    ...urls.map((url) => ({ where: url, read: () => fromUrl(url) })),
  ];
}

async function download(wanted: PinnedPackage, directory: string): Promise<Uint8Array> {
  const failures: string[] = [];
  for (const { where, read } of sourcesOf(wanted, directory)) {
    try {
      const bytes = await read();
      if (isIt(bytes, wanted)) return bytes;
      failures.push(`${where}: another file, for its sha256 is not ${wanted.sha256}`);
    } catch (error) {
      const { message, cause } = error as Error;
      failures.push(`${where}: ${cause instanceof Error ? cause.message : message}`);
    }
  }
  const file = `${wanted.sha256}.deb`;
  throw new Error(
    `could not get the Debian package ${wanted.name} ${wanted.version} (${failures.join("; ")}): put it into ${cacheDirectory()} as ${file}`,
  );
}

function cached(path: string, wanted: PinnedPackage): Uint8Array | undefined {
  try {
    const bytes = readFileSync(path);
    return isIt(bytes, wanted) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of the package, whose digest is right. */
export async function fetchPackage(wanted: PinnedPackage): Promise<Uint8Array> {
  const path = join(cacheDirectory(), `${wanted.sha256}.deb`);
  const before = cached(path, wanted);
  if (before !== undefined) return before;
  console.log(`[image] getting ${wanted.name} ${wanted.version} from Debian, the first time only`);
  mkdirSync(cacheDirectory(), { recursive: true });
  const unfinished = mkdtempSync(join(cacheDirectory(), "unfinished-"));
  try {
    const bytes = await download(wanted, unfinished);
    const whole = join(unfinished, "whole");
    await writeFile(whole, bytes);
    renameSync(whole, path);
    return bytes;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
