import type { Message } from "./core/messages.ts";
import {
  CONTROL_ID,
  type Control,
  HASH_BYTES,
  ID,
  MAX_BUSY_ADDRESSES,
  ProtocolError,
} from "./protocol.ts";

function wants(body: Buffer, bytes: number): void {
  if (body.length !== bytes) throw new ProtocolError("malformed message");
}

/** undefined: well-formed, and of no interest, or of an extension we did not agree to. */
export function readMessage(id: number, body: Buffer, mode: "plain" | "link"): Message | undefined {
  switch (id) {
    case ID.choke:
      return readEmpty("choke", body);
    case ID.unchoke:
      return readEmpty("unchoke", body);
    case ID.interested:
      return readEmpty("interested", body);
    case ID.notInterested:
      return readEmpty("notInterested", body);
    case ID.haveAll:
      return readEmpty("haveAll", body);
    case ID.haveNone:
      return readEmpty("haveNone", body);
    case ID.have:
      wants(body, 4);
      return { id: "have", piece: body.readUInt32BE(0) };
    case ID.suggest:
      wants(body, 4);
      return { id: "suggest", piece: body.readUInt32BE(0) };
    case ID.bitfield:
      return { id: "bitfield", bits: body.subarray() };
    case ID.request:
      return readRange("request", body);
    case ID.cancel:
      return readRange("cancel", body);
    case ID.reject:
      return readRange("reject", body);
    case ID.port:
      wants(body, 2);
      return undefined;
    case ID.allowedFast:
      wants(body, 4);
      return undefined;
    default:
      if (mode === "link") return readAgentMessage(id, body);
      return undefined;
  }
}

function readEmpty(
  id: "choke" | "unchoke" | "interested" | "notInterested" | "haveAll" | "haveNone",
  body: Buffer,
): Message {
  wants(body, 0);
  return { id };
}

function readRange(id: "request" | "cancel" | "reject" | "later", body: Buffer): Message {
  wants(body, 12);
  const [piece, offset, bytes] = [body.readUInt32BE(0), body.readUInt32BE(4), body.readUInt32BE(8)];
  return { id, piece, offset, bytes };
}

function readAgentMessage(id: number, body: Buffer): Message {
  switch (id) {
    case ID.hashes: {
      if (body.length < 12) throw new ProtocolError("malformed message");
      const count = body.readUInt16BE(10);
      wants(body, 12 + count * HASH_BYTES);
      return {
        id: "hashes",
        generation: body.readUInt32BE(0),
        issuer: body.readUInt16BE(4),
        first: body.readUInt32BE(6),
        hashes: body.subarray(12),
      };
    }
    case ID.retract:
      wants(body, 4);
      return { id: "retract", generation: body.readUInt32BE(0) };
    case ID.later:
      return readRange("later", body);
    case ID.dealing:
      wants(body, 1);
      return { id: "dealing", on: body[0] === 1 };
    default:
      throw new ProtocolError("malformed message");
  }
}

export function readControl(id: number, body: Buffer): Control {
  switch (id) {
    case CONTROL_ID.open: {
      wants(body, 34);
      const size = body.readBigUInt64BE(22);
      if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProtocolError("malformed message");
      return {
        control: "open",
        channel: body.readUInt16BE(0),
        name: body.toString("hex", 2, 22),
        size: Number(size),
        pieceLength: body.readUInt32BE(30),
      };
    }
    case CONTROL_ID.close:
      wants(body, 2);
      return { control: "close", channel: body.readUInt16BE(0) };
    case CONTROL_ID.ping:
      wants(body, 0);
      return { control: "ping" };
    case CONTROL_ID.busy: {
      const text = body.toString("latin1");
      const addresses = text === "" ? [] : text.split(" ").slice(0, MAX_BUSY_ADDRESSES);
      return { control: "busy", addresses };
    }
    default:
      throw new ProtocolError("malformed message");
  }
}
