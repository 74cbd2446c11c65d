import { formatBytes } from "../bytes.ts";
import type { CommandDeps } from "../deps.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { parseImage } from "../image-argument.ts";
import { writeLines } from "../output.ts";

export async function remove(
  options: { readonly image: string },
  { daemon, stdout }: CommandDeps,
): Promise<ExitCode> {
  const { reference } = parseImage(options.image);
  const { freedBytes } = await daemon.ask(daemon.methods.RemoveImage, { reference });
  writeLines(stdout, [`Removed: ${reference} (${formatBytes(freedBytes)} freed)`]);
  return EXIT.ok;
}
