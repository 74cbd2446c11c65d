import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../e2e/support/at-end.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { copyImage } from "./direct.ts";
import type { Course, CourseImage } from "./system.ts";
import { encodeTorrent } from "./torrent-file.ts";

const hexOf = ({ record }: CourseImage) => record.manifest.digest.replace("sha256:", "");

const layersOf = ({ record }: CourseImage) => join(record.layout, "blobs/sha256");

/** All layers of an image as one torrent, which suits other clients better than one a layer. */
export async function imageTorrent(
  image: CourseImage,
  pieceLength: number,
  tracker?: string,
): Promise<Buffer> {
  const files = image.record.layers.map(({ digest, size }) => ({
    name: digest.replace("sha256:", ""),
    size,
  }));
  const torrent = { name: hexOf(image), files, pieceLength };
  const announced = tracker === undefined ? torrent : { ...torrent, tracker };
  return await encodeTorrent(layersOf(image), announced);
}

export type SeedFiles = {
  /** What a client calls its download directory. */
  readonly directory: string;
  /** From the registry, which only a cold origin needs: no one can seed what it has a part of. */
  fetch(image: CourseImage): Promise<void>;
};

/** What a seed's client serves from. */
export function seedFiles(scope: Scope, { images, origin, network }: Course): SeedFiles {
  const directory = tempDir(scope);
  for (const image of images) {
    const files = join(directory, hexOf(image));
    if (origin === "cold") mkdirSync(files);
    else symlinkSync(layersOf(image), files);
  }
  return {
    directory,
    fetch: (image) => copyImage(image.name, join(directory, hexOf(image)), network.seed),
  };
}
