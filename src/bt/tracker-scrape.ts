import { encode } from "./bencode.ts";
import type { TrackerSwarm } from "./tracker-swarm.ts";

/** The info hashes that a scrape's query names, as hex; undefined when one is not 20 bytes (BEP 48). */
export function scrapedHashes(query: string): readonly string[] | undefined {
  const hashes = query
    .split("&")
    .filter((field) => field.startsWith("info_hash="))
    .map((field) => unescapeBytes(field.slice("info_hash=".length)).toString("hex"));
  return hashes.every((hash) => hash.length === 40) ? [...new Set(hashes)] : undefined;
}

/** The library's own answer writes hashes as UTF-8, which no client can find its torrent in. */
export function encodeScrape(
  hashes: readonly string[],
  swarms: ReadonlyMap<string, TrackerSwarm>,
): Buffer {
  const files = hashes.toSorted().map((hash) => {
    const { complete = 0, incomplete = 0 } = swarms.get(hash) ?? {};
    const counts = encode({ complete, downloaded: complete, incomplete });
    return Buffer.concat([Buffer.from("20:"), Buffer.from(hash, "hex"), counts]);
  });
  return Buffer.concat([Buffer.from("d5:filesd"), ...files, Buffer.from("ee")]);
}

const unescapeBytes = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    "latin1",
  );
