// The parts of these packages that we use; none of them brings types.

declare module "bencode" {
  const bencode: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown };
  export default bencode;
}

declare module "create-torrent" {
  type Options = {
    name: string;
    pieceLength: number;
    private: boolean;
    announceList: readonly (readonly string[])[];
    createdBy?: string;
  };
  export default function createTorrent(
    input: Uint8Array,
    options: Options,
    done: (error: Error | null, metainfo: Uint8Array) => void,
  ): void;
}
