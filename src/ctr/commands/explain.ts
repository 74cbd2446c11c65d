import type { CommandDeps } from "../deps.ts";
import { formatDocument } from "../documents.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { explainDocument } from "../explain-document.ts";
import { explainLines } from "../explain-table.ts";
import { parseImage } from "../image-argument.ts";
import type { TableFormat } from "../invocation.ts";
import { writeLines } from "../output.ts";

/** Prints why an image does not go on, as far as the daemon can tell; that it never started is an answer, too. */
export async function explain(
  { image, format }: { readonly image: string; readonly format: TableFormat },
  { daemon, stdout }: CommandDeps,
): Promise<ExitCode> {
  const { reference } = parseImage(image);
  const document = explainDocument(await daemon.ask(daemon.methods.Explain, { reference }));
  if (format === "json" || format === "yaml") {
    stdout.write(await formatDocument(format, document));
  } else {
    writeLines(stdout, explainLines(document, format === "wide"));
  }
  return EXIT.ok;
}
