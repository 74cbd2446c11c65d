import type { Digest } from "../../oci/index.ts";
import type { Member } from "./targets.ts";
import type { Layer, Pieces } from "./world.ts";

/** Who has what of a layer among the agents that serve. */
export type Supply = {
  /** Somebody has all of it, or its pieces are all there, with different nodes. */
  readonly isWhole: boolean;
  /** The first piece that nobody has; 0 where nothing is known of pieces. */
  readonly firstMissing: number;
};

const hasPiece = ({ pieces }: Pieces, index: number): boolean =>
  ((pieces[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;

function countOf({ pieces }: Pieces): number {
  let count = 0;
  for (const byte of pieces) for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** How many bytes of it the agent has. */
export function bytesHeld({ agent }: Member, { digest, size }: Layer): number {
  if (agent === undefined) return 0;
  if (agent.held.has(digest)) return size;
  const some = agent.pieces.get(digest);
  if (some === undefined || some.pieceCount === 0) return 0;
  return Math.floor((size * countOf(some)) / some.pieceCount);
}

/** Looks once for each layer. @param serving agents that others can take from. */
export function suppliesOf(serving: readonly Member[]): (layer: Layer) => Supply {
  const known = new Map<Digest, Supply>();
  return (layer) => {
    const supply = known.get(layer.digest) ?? supplyOf(layer, serving);
    known.set(layer.digest, supply);
    return supply;
  };
}

function supplyOf(layer: Layer, serving: readonly Member[]): Supply {
  if (serving.some(({ agent }) => agent?.held.has(layer.digest) ?? false)) {
    return { isWhole: true, firstMissing: 0 };
  }
  const union = unionOf(serving, layer.digest);
  if (union === undefined) return { isWhole: false, firstMissing: 0 };
  const firstMissing = firstMissingOf(union);
  return { isWhole: firstMissing === union.pieceCount, firstMissing };
}

function unionOf(serving: readonly Member[], digest: Digest): Pieces | undefined {
  const some = serving.flatMap(({ agent }) => agent?.pieces.get(digest) ?? []);
  const [first] = some.filter(({ pieceCount }) => pieceCount > 0);
  if (first === undefined) return undefined;
  const { pieceCount } = first;
  const union = new Uint8Array(Math.ceil(pieceCount / 8));
  for (const one of some) {
    // Piece length follows from size: another count is somebody's mistake.
    if (one.pieceCount !== pieceCount) continue;
    for (let i = 0; i < union.length; i += 1) union[i] = (union[i] ?? 0) | (one.pieces[i] ?? 0);
  }
  return { pieceCount, pieces: union };
}

function firstMissingOf(some: Pieces): number {
  for (let index = 0; index < some.pieceCount; index += 1) {
    if (!hasPiece(some, index)) return index;
  }
  return some.pieceCount;
}
