import type { Message, Range } from "./core/messages.ts";
import { CONTROL_ID, type Control, HASH_BYTES, ID } from "./protocol.ts";

/** `undefined` is a plain BEP 3 connection, which is about one blob. */
export type Channel = number | undefined;

const headBytes = (channel: Channel): number => (channel === undefined ? 5 : 7);

/** A frame with its head written and room for `bodyBytes`; where the body begins is `headBytes`. */
function frame(channel: Channel, id: number, bodyBytes: number): Buffer {
  return writeHead(Buffer.allocUnsafe(headBytes(channel) + bodyBytes), channel, id, bodyBytes);
}

function writeHead(buffer: Buffer, channel: Channel, id: number, bodyBytes: number): Buffer {
  const head = headBytes(channel);
  buffer.writeUInt32BE(head - 4 + bodyBytes, 0);
  if (channel !== undefined) buffer.writeUInt16BE(channel, 4);
  buffer[head - 1] = id;
  return buffer;
}

/** All but the payload of a `piece` message. */
export function encodeBlockHead(channel: Channel, { piece, offset, bytes }: Range): Buffer {
  const head = headBytes(channel);
  const buffer = writeHead(Buffer.allocUnsafe(head + 8), channel, ID.piece, 8 + bytes);
  buffer.writeUInt32BE(piece, head);
  buffer.writeUInt32BE(offset, head + 4);
  return buffer;
}

export function encodeMessage(channel: Channel, message: Message): Buffer {
  const head = headBytes(channel);
  switch (message.id) {
    case "choke":
    case "unchoke":
    case "interested":
    case "notInterested":
    case "haveAll":
    case "haveNone":
      return frame(channel, ID[message.id], 0);
    case "have":
    case "suggest": {
      const buffer = frame(channel, ID[message.id], 4);
      buffer.writeUInt32BE(message.piece, head);
      return buffer;
    }
    case "bitfield": {
      const buffer = frame(channel, ID.bitfield, message.bits.length);
      buffer.set(message.bits, head);
      return buffer;
    }
    case "request":
    case "cancel":
    case "reject":
    case "later": {
      const buffer = frame(channel, ID[message.id], 12);
      buffer.writeUInt32BE(message.piece, head);
      buffer.writeUInt32BE(message.offset, head + 4);
      buffer.writeUInt32BE(message.bytes, head + 8);
      return buffer;
    }
    case "hashes": {
      const { generation, issuer, first, hashes } = message;
      const buffer = frame(channel, ID.hashes, 12 + hashes.length);
      buffer.writeUInt32BE(generation, head);
      buffer.writeUInt16BE(issuer, head + 4);
      buffer.writeUInt32BE(first, head + 6);
      buffer.writeUInt16BE(hashes.length / HASH_BYTES, head + 10);
      buffer.set(hashes, head + 12);
      return buffer;
    }
    case "retract": {
      const buffer = frame(channel, ID.retract, 4);
      buffer.writeUInt32BE(message.generation, head);
      return buffer;
    }
    case "dealing": {
      const buffer = frame(channel, ID.dealing, 1);
      buffer[head] = message.on ? 1 : 0;
      return buffer;
    }
    default:
      return message satisfies never;
  }
}

export function encodeControl(control: Control): Buffer {
  const id = CONTROL_ID[control.control];
  const head = headBytes(0);
  switch (control.control) {
    case "open": {
      const buffer = frame(0, id, 34);
      buffer.writeUInt16BE(control.channel, head);
      buffer.write(control.name, head + 2, "hex");
      buffer.writeBigUInt64BE(BigInt(control.size), head + 22);
      buffer.writeUInt32BE(control.pieceLength, head + 30);
      return buffer;
    }
    case "close": {
      const buffer = frame(0, id, 2);
      buffer.writeUInt16BE(control.channel, head);
      return buffer;
    }
    case "ping":
      return frame(0, id, 0);
    case "busy": {
      const body = Buffer.from(control.addresses.join(" "), "latin1");
      const buffer = frame(0, id, body.length);
      buffer.set(body, head);
      return buffer;
    }
    default:
      return control satisfies never;
  }
}

/** BEP 10; id 0 is its handshake. Always in the plain form. */
export function encodeExtended(id: number, payload: Uint8Array): Buffer {
  const buffer = frame(undefined, ID.extended, 1 + payload.length);
  buffer[5] = id;
  buffer.set(payload, 6);
  return buffer;
}

export const KEEP_ALIVE = Buffer.alloc(4);
