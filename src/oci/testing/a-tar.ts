import { type Pack, pack } from "tar-stream";

export type TestTarEntry = {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?: "file" | "directory" | "symlink" | "link" | "fifo" | "character-device";
  readonly linkname?: string;
};

/** The bytes of a tar with just these entries, good or bad. */
export async function aTar(entries: readonly TestTarEntry[]): Promise<Buffer> {
  const packing = pack();
  for (const { name, content = "", type = "file", linkname } of entries) {
    const header = { name, type, ...(linkname === undefined ? {} : { linkname }) };
    packing.entry(header, type === "file" ? Buffer.from(content) : "");
  }
  packing.finalize();
  return await bytesOf(packing);
}

async function bytesOf(packing: Pack): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packing as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
