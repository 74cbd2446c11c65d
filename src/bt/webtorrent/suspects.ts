import { createHash } from "node:crypto";

/** What follows from a piece with a wrong hash: one peer gave all of it, or several did and each may be honest. */
export type Failure<Source> =
  | { kind: "sole"; source: Source }
  | { kind: "shared"; sources: readonly Source[] };

type Block<Source> = { readonly source: Source; readonly bytes: Uint8Array };
type Claim<Source> = {
  readonly source: Source;
  readonly offset: number;
  readonly length: number;
  readonly digest: string;
};

const MAX_DISPUTED_PIECES = 64;

/**
 * Remembers who gave which block of each unfinished piece, and finds out who lied: when a piece that had failed is there at last, whoever gave a
 * different block for it has lied. Bytes are referenced, not copied, and hashed only after a failure.
 */
export class Suspects<Source> {
  readonly #blocks = new Map<number, Map<number, Block<Source>>>();
  readonly #claims = new Map<number, Claim<Source>[]>();

  /** False says that this block was there already: the first one counts. */
  received(piece: number, offset: number, bytes: Uint8Array, source: Source): boolean {
    const blocks = this.#blocks.get(piece) ?? new Map<number, Block<Source>>();
    this.#blocks.set(piece, blocks);
    if (blocks.has(offset)) return false;
    blocks.set(offset, { source, bytes });
    return true;
  }

  /** The piece's hash was wrong. */
  failed(piece: number): Failure<Source> {
    const blocks = this.#blocks.get(piece) ?? new Map<number, Block<Source>>();
    this.#blocks.delete(piece);
    const sources = [...new Set([...blocks.values()].map((block) => block.source))];
    const [only] = sources;
    if (only !== undefined && sources.length === 1) return { kind: "sole", source: only };
    if (this.#claims.size < MAX_DISPUTED_PIECES || this.#claims.has(piece)) {
      const claims = [...blocks].map(([offset, { source, bytes }]) => ({
        source,
        offset,
        length: bytes.length,
        digest: digestOf(bytes),
      }));
      this.#claims.set(piece, claims);
    }
    return { kind: "shared", sources };
  }

  /** The piece is there, with these bytes. Answers with who had given others. */
  proven(piece: number, bytes: Uint8Array): readonly Source[] {
    this.#blocks.delete(piece);
    const claims = this.#claims.get(piece) ?? [];
    this.#claims.delete(piece);
    const lies = claims.filter(
      ({ offset, length, digest }) => digestOf(bytes.subarray(offset, offset + length)) !== digest,
    );
    return [...new Set(lies.map((claim) => claim.source))];
  }
}

const digestOf = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("base64");
