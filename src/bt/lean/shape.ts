import type { Message } from "./core/messages.ts";
import { ProtocolError } from "./protocol.ts";

/** What is known of a blob from its name: it limits what a peer may say about it. */
export type Shape = {
  readonly size: number;
  readonly pieceLength: number;
};

export const pieceCountOf = ({ size, pieceLength }: Shape): number => Math.ceil(size / pieceLength);

/** BEP 3's bitfield of who has everything. */
export function allBits(count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8)).fill(0xff);
  if (count % 8 !== 0) bits[bits.length - 1] = 0xff << (8 - (count % 8));
  return bits;
}

/** Throws a ProtocolError when the message cannot be about a blob of this shape. */
export function judge(message: Message, shape: Shape): void {
  const count = pieceCountOf(shape);
  switch (message.id) {
    case "have":
    case "suggest":
      if (message.piece >= count) throw new ProtocolError("piece out of range");
      return;
    case "bitfield": {
      const spare = message.bits.length * 8 - count;
      const last = message.bits.at(-1) ?? 0;
      if (spare < 0 || spare > 7 || (last & ((1 << spare) - 1)) !== 0) {
        throw new ProtocolError("wrong bitfield");
      }
      return;
    }
    case "request":
    case "cancel":
    case "reject":
    case "later": {
      const { piece, offset, bytes } = message;
      const end = Math.min(shape.pieceLength, shape.size - piece * shape.pieceLength);
      if (piece >= count || bytes === 0 || offset + bytes > end) {
        throw new ProtocolError("piece out of range");
      }
      return;
    }
    case "hashes":
      if (message.first + message.hashes.length / 20 > count) {
        throw new ProtocolError("piece out of range");
      }
      return;
    default:
  }
}
