// Makes the container image without a container engine: dist/rootfs, its files, and dist/image, an OCI image layout.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleAll, DIST } from "./build.ts";
import { baseFiles, NODE_PACKAGE } from "./image/base-files.ts";
import { createdAt } from "./image/created-at.ts";
import { createLayer } from "./image/layer.ts";
import { writeImage } from "./image/oci-image.ts";
import { programFiles } from "./image/program-files.ts";
import { file } from "./image/root-entry.ts";
import { softwareBill } from "./image/sbom.ts";
import { writeRoot } from "./image/write-root.ts";
import { npmPackage } from "./licenses.ts";

const IMAGE_NAME = "dev";
const SOFTWARE_BILL = "usr/share/doc/oci-torrent/sbom.spdx.json";

/** Another Node packs other bytes, and has other certificates and other libraries in it. */
function refuseOtherNode(): void {
  const { node, platform } = {
    ...process.versions,
    platform: `${process.platform}-${process.arch}`,
  };
  const wanted = existsSync(NODE_PACKAGE) ? npmPackage(NODE_PACKAGE).version : undefined;
  if (node === wanted && platform === "linux-x64") return;
  throw new Error(
    `could not make the image with Node ${node} on ${platform}: run \`npm ci\` and \`npm run image\` on linux-x64, which brings the Node that goes into the image`,
  );
}

/** Writes under another name first: what others read is the old one or the new one, whole. */
async function replace<T>(path: string, write: (unfinished: string) => T | Promise<T>): Promise<T> {
  const [unfinished, old] = [`${path}.${process.pid}`, `${path}.${process.pid}.old`];
  try {
    const result = await write(unfinished);
    if (existsSync(path)) renameSync(path, old);
    renameSync(unfinished, path);
    return result;
  } finally {
    for (const each of [unfinished, old]) rmSync(each, { recursive: true, force: true });
  }
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** What runs that were interrupted have left half written. */
function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, pid] = /^(?:rootfs|image)\.(\d+)(?:\.old)?$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) {
      rmSync(join(directory, name), { recursive: true, force: true });
    }
  }
}

type BuiltImage = { readonly digest: string; readonly compressedBytes: number };

/** Makes `rootfs` and `image` in `directory`, in the place of those that are there. */
async function makeImage(directory: string, created: Date): Promise<BuiltImage> {
  const bundles = await bundleAll();
  const base = await baseFiles();
  const bill = file(SOFTWARE_BILL, softwareBill(bundles.packages, created));
  const programs = [...programFiles(bundles), bill];
  // Two, for the larger one stays the same from version to version of ours, and nodes have it by then.
  const layers = await Promise.all([createLayer(base), createLayer(programs)]);
  mkdirSync(directory, { recursive: true });
  removeUnfinished(directory);
  await replace(join(directory, "rootfs"), (top) => writeRoot(top, [...base, ...programs]));
  const { digest } = await replace(join(directory, "image"), (layout) =>
    writeImage(layout, layers, { name: IMAGE_NAME, createdAt: created }),
  );
  const compressedBytes = layers.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { digest, compressedBytes };
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const { values } = parseArgs({ options: { to: { type: "string", default: DIST } } });
  refuseOtherNode();
  const directory = resolve(values.to);
  const { digest, compressedBytes } = await makeImage(directory, createdAt(process.env));
  const size = (compressedBytes / 1e6).toFixed(1);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`made ${directory}/image:${IMAGE_NAME} (${size} MB, ${digest}) in ${seconds} s`);
}

await main().catch((error: unknown) => {
  console.error(`[image] ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
