import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDigest } from "../../oci/index.ts";
import { writeFileAtomic } from "../../runtime/index.ts";
import type { CommandDeps } from "../deps.ts";
import { CtrError, EXIT, type ExitCode, explainFailure, fileProblem } from "../errors.ts";
import { parseImage } from "../image-argument.ts";
import { writeLines } from "../output.ts";
import { hexOf } from "../render-start.ts";

type Options = { readonly image: string; readonly directory: string };

/** Writes `<hex>.torrent` for every layer and prints the paths. A layer that is not complete yet does not stop the others. */
export async function torrent(options: Options, deps: CommandDeps): Promise<ExitCode> {
  const image = parseImage(options.image);
  const layers = await layersOf(image.reference, deps);
  const directory = resolve(deps.cwd, options.directory);
  await mkdir(directory, { recursive: true }).catch(couldNotWrite(directory));
  let failed = 0;
  for (const digest of layers) {
    try {
      writeLines(deps.stdout, [await writeTorrent(digest, directory, deps)]);
    } catch (error) {
      if (deps.signal.aborted || explainFailure(error).exitCode === EXIT.timeout) throw error;
      failed += 1;
      deps.warn(`no torrent of ${digest}: ${explainFailure(error).sentence}`);
    }
  }
  if (failed === 0) return EXIT.ok;
  return failed === layers.length ? EXIT.failed : EXIT.partial;
}

/** The layers that can be torrents: an empty one is made from its digest. */
async function layersOf(reference: string, { daemon }: CommandDeps): Promise<readonly string[]> {
  const { images } = await daemon.ask(daemon.methods.Status, { reference });
  const layers = images.flatMap((image) => image.layers).filter(({ totalBytes }) => totalBytes > 0);
  if (layers.length === 0) {
    throw new CtrError("FAILED", `${reference} has no layers yet: see its status`);
  }
  // The name becomes a path.
  const digests = layers.map(({ digest }) => digest);
  if (digests.every(isDigest)) return digests;
  throw new CtrError("FAILED", `the daemon at ${daemon.name} names a layer without a digest`);
}

async function writeTorrent(
  digest: string,
  directory: string,
  { daemon }: CommandDeps,
): Promise<string> {
  const { metainfo } = await daemon.ask(daemon.methods.GetTorrent, { digest });
  const path = join(directory, `${hexOf(digest)}.torrent`);
  await writeFileAtomic(path, metainfo).catch(couldNotWrite(path));
  return path;
}

const couldNotWrite = (path: string) => (cause: unknown) => {
  throw new CtrError("FAILED", `could not write ${path}: ${fileProblem(cause)}`, { cause });
};
