// For tests: blobs with repeatable bytes, and their torrents.
import { createHash } from "node:crypto";
import { createPieceHasher } from "./piece-hasher.ts";
import type { Torrent } from "./swarm.ts";
import { createTorrent } from "./torrent.ts";

export type TestBlob = { readonly bytes: Uint8Array; readonly torrent: Torrent };

/** The same seed gives the same numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that do not repeat: each block of 32 is the SHA-256 of the seed and its place. */
export function testBytes(size: number, seed = 1): Uint8Array {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) {
    createHash("sha256").update(`${seed}/${at}`).digest().copy(bytes, at);
  }
  return bytes;
}

export function torrentOf(bytes: Uint8Array): Torrent {
  const hasher = createPieceHasher(bytes.length);
  hasher.update(bytes);
  const name = createHash("sha256").update(bytes).digest("hex");
  return createTorrent({ name, size: bytes.length, pieces: hasher.finish() });
}

export function aBlob(size: number, seed = 1): TestBlob {
  const bytes = testBytes(size, seed);
  return { bytes, torrent: torrentOf(bytes) };
}
