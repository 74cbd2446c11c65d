import {
  createPieceHasher,
  createTorrent,
  type GrowingBlob,
  pieceLength,
  type Torrent,
} from "../bt/index.ts";
import { type Descriptor, hexOf } from "../oci/index.ts";

/** Listens to a layer that is being fetched, and knows its torrent when it is whole. */
export type LayerTap = {
  onBytes(chunk: Uint8Array): void;
  onWritten(bytes: number): void;
  onRestart(): void;
  /** The SHA-1 of each piece so far, 20 bytes each. */
  hashes(): Uint8Array;
  /** Every byte was seen and written, and the digest is right. */
  complete(): Promise<Torrent>;
  /** The fetch has ended early. */
  abandon(): Promise<void>;
};

/**
 * Computes piece hashes while the bytes pass by. With `growing`, peers can have each piece as soon as it is both hashed and
 * written, long before the layer is whole.
 */
export function createLayerTap({ digest, size }: Descriptor, growing?: GrowingBlob): LayerTap {
  const length = pieceLength(size);
  let hashed: Uint8Array[] = [];
  let told = 0;
  let writtenBytes = 0;

  const tell = () => {
    const whole = writtenBytes === size ? Number.POSITIVE_INFINITY : writtenBytes / length;
    while (told < hashed.length && told + 1 <= whole) {
      growing?.pieceWritten(hashed[told] as Uint8Array);
      told += 1;
    }
  };
  const begin = () =>
    createPieceHasher(size, (hash) => {
      hashed.push(hash);
      tell();
    });
  let hasher = begin();

  return {
    onBytes: (chunk) => hasher.update(chunk),
    onWritten(bytes) {
      writtenBytes = bytes;
      tell();
    },
    onRestart() {
      hashed = [];
      told = 0;
      writtenBytes = 0;
      hasher = begin();
      growing?.restart();
    },
    hashes: () => Buffer.concat(hashed),
    async complete() {
      const torrent = createTorrent({ name: hexOf(digest), size, pieces: hasher.finish() });
      await growing?.complete(torrent);
      return torrent;
    },
    async abandon() {
      await growing?.abandon();
    },
  };
}
