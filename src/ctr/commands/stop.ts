import type { CommandDeps } from "../deps.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { parseImage } from "../image-argument.ts";
import { writeLines } from "../output.ts";
import { printable } from "../printable.ts";
import { hexOf } from "../render-start.ts";

/** Prints the ids of the layers that were stopped. */
export async function stop(
  options: { readonly image: string; readonly keepPartial: boolean },
  { daemon, stdout }: CommandDeps,
): Promise<ExitCode> {
  const { reference } = parseImage(options.image);
  const { keepPartial } = options;
  const answer = await daemon.ask(daemon.methods.StopDownload, { reference, keepPartial });
  writeLines(
    stdout,
    answer.stopped.map((digest) => `Stopped: ${printable(hexOf(digest))}`),
  );
  return EXIT.ok;
}
