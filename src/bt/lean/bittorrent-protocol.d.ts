// What our codec is compared with in tests.
declare module "bittorrent-protocol" {
  import type { Duplex } from "node:stream";

  export default class Wire extends Duplex {
    handshake(infoHash: string, peerId: string, extensions: { fast: boolean }): void;
    choke(): void;
    unchoke(): void;
    interested(): void;
    uninterested(): void;
    have(piece: number): void;
    bitfield(bits: Uint8Array): void;
    request(piece: number, offset: number, length: number, done: () => void): void;
    piece(piece: number, offset: number, bytes: Uint8Array): void;
    cancel(piece: number, offset: number, length: number): void;
    suggest(piece: number): void;
    reject(piece: number, offset: number, length: number): void;
    haveAll(): void;
    allowedFast(piece: number): void;
    port(port: number): void;
    keepAlive(): void;
  }
}
