import { createHash } from "node:crypto";
import { type ImageRecord, makeImage, seededBytes } from "../support/images.ts";
import { busyboxFiles } from "./images.ts";

const MIB = 1 << 20;

export type AppImage = ImageRecord & {
  /** What the program in it prints first. */
  readonly greeting: string;
  /** Of all that a node fetches: configuration and layers. */
  readonly bytes: number;
};

/** An image of six layers, whose program prints what it finds in them and then serves until it is ended. */
export async function makeAppImage(
  directory: string,
  { seed = "app", dataMiB = 24 }: { readonly seed?: string; readonly dataMiB?: number } = {},
): Promise<AppImage> {
  const data = seededBytes(seed, dataMiB * MIB);
  const checksum = createHash("sha256").update(data).digest("hex");
  const image = await makeImage(directory, {
    tag: "1",
    layers: [
      { files: busyboxFiles(), gzip: true },
      { files: [{ name: "etc/greeting", content: `I am ${seed}\n` }], gzip: true },
      { files: [{ name: "srv/data", content: data }] },
      { seed: `${seed}-1`, bytes: 5 * MIB, gzip: true },
      { seed: `${seed}-2`, bytes: 3 * MIB },
      { files: [{ name: "bin/app", mode: 0o755, content: PROGRAM }], gzip: true },
    ],
    run: { Entrypoint: ["/bin/app"], Env: ["PATH=/bin"] },
  });
  const bytes = [image.config, ...image.layers].reduce((sum, { size }) => sum + size, 0);
  return { ...image, bytes, greeting: `I am ${seed} with ${checksum}` };
}

const PROGRAM = `#!/bin/sh
checksum=$(sha256sum /srv/data)
echo "$(cat /etc/greeting) with \${checksum%% *}"
exec sleep 1000000
`;
