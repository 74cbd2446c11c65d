import type { CommandDeps } from "../deps.ts";
import { formatDocument } from "../documents.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { parseImage } from "../image-argument.ts";
import type { TableFormat } from "../invocation.ts";
import { writeLines } from "../output.ts";
import { alignedTable } from "../table.ts";

/** Slack for the answer itself, behind the time that the daemon may wait. */
const ANSWER_MS = 60_000;

/** Prints the image with its digest, in the form that `start` takes. */
export async function resolveImage(
  options: { readonly image: string; readonly waitMs: number; readonly format: TableFormat },
  { daemon, stdout }: CommandDeps,
): Promise<ExitCode> {
  const { reference } = parseImage(options.image);
  const request = { reference, waitSeconds: Math.ceil(options.waitMs / 1_000) };
  const timeoutMs = options.waitMs + ANSWER_MS;
  const answer = await daemon.ask(daemon.methods.Resolve, request, timeoutMs);
  const { digest, mediaType, size } = answer;
  if (options.format === "json" || options.format === "yaml") {
    const { trackers, platforms } = answer;
    const document = { reference: answer.reference, digest, mediaType, size, platforms, trackers };
    stdout.write(await formatDocument(options.format, document));
    return EXIT.ok;
  }
  const name = answer.reference.includes("@") ? answer.reference : `${answer.reference}@${digest}`;
  writeLines(
    stdout,
    options.format === "wide"
      ? alignedTable([
          ["IMAGE", "MEDIATYPE", "SIZE"],
          [name, mediaType, String(size)],
        ])
      : alignedTable([[name]]),
  );
  return EXIT.ok;
}
