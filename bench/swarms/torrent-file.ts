import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import bencode from "bencode";

export type TorrentFile = {
  /** Of the directory that the files lie in. */
  readonly name: string;
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly pieceLength: number;
  readonly tracker?: string;
};

/** Metainfo of several files in one torrent (BEP 3), the bytes read from `directory`. */
export async function encodeTorrent(directory: string, torrent: TorrentFile): Promise<Buffer> {
  const { name, files, pieceLength, tracker } = torrent;
  const pieces = await pieceHashes(directory, torrent);
  const entries = files.map((file) => ({ length: file.size, path: [file.name] }));
  const info = { files: entries, name, "piece length": pieceLength, pieces };
  const announce = tracker === undefined ? {} : { announce: tracker };
  return Buffer.from(bencode.encode({ ...announce, info }));
}

async function pieceHashes(directory: string, { files, pieceLength }: TorrentFile) {
  const hashes: Buffer[] = [];
  let hash = createHash("sha1");
  let filled = 0;
  for (const { name } of files) {
    for await (const chunk of createReadStream(join(directory, name))) {
      let rest = chunk as Buffer;
      while (rest.length > 0) {
        const part = rest.subarray(0, pieceLength - filled);
        hash.update(part);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled < pieceLength) continue;
        hashes.push(hash.digest());
        hash = createHash("sha1");
        filled = 0;
      }
    }
  }
  if (filled > 0) hashes.push(hash.digest());
  return Buffer.concat(hashes);
}
