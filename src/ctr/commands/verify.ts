import type { VerifyResponse__Output } from "../../api/index.ts";
import type { CommandDeps } from "../deps.ts";
import { formatDocument } from "../documents.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { parseOptionalImage } from "../image-argument.ts";
import type { TableFormat } from "../invocation.ts";
import { type Output, writeLines } from "../output.ts";
import { printable } from "../printable.ts";
import { enumWord } from "../progress-document.ts";

type Options = { readonly image?: string; readonly format: TableFormat };

/** Prints what became of each blob as soon as it is known. */
export async function verify(
  options: Options,
  { daemon, stdout, warn }: CommandDeps,
): Promise<ExitCode> {
  const reference = parseOptionalImage(options.image)?.reference ?? "";
  const report = options.format === "json" || options.format === "yaml" ? undefined : stdout;
  const blobs: VerifyResponse__Output[] = [];
  for await (const blob of daemon.follow(daemon.methods.Verify, { reference })) {
    // Not sooner: a daemon that does not answer leaves stdout empty.
    if (report !== undefined && blobs.length === 0) writeHeader(report);
    if (report !== undefined) writeRow(report, blob.digest, String(blob.size), wordOf(blob));
    blobs.push(blob);
  }
  if (report !== undefined && blobs.length === 0) writeHeader(report);
  if (options.format === "json" || options.format === "yaml") {
    stdout.write(await formatDocument(options.format, { blobs: blobs.map(blobDocument) }));
  }
  const damaged = blobs.filter(({ result }) => result !== "VERIFY_RESULT_OK");
  if (damaged.length === 0) return EXIT.ok;
  warn(
    `${damaged.length} of ${blobs.length} blobs are damaged or missing: start the image again to fetch them`,
  );
  return EXIT.partial;
}

// As wide as a digest and a size of 16 digits: rows are printed before the next is known.
const writeRow = (output: Output, digest: string, size: string, result: string): void =>
  writeLines(output, [`${printable(digest).padEnd(73)}${size.padEnd(18)}${result}`]);

const writeHeader = (output: Output): void => writeRow(output, "DIGEST", "SIZE", "RESULT");

const blobDocument = (blob: VerifyResponse__Output) => ({
  digest: blob.digest,
  size: blob.size,
  result: enumWord(blob.result, "VERIFY_RESULT_"),
});

const wordOf = (blob: VerifyResponse__Output): string => blobDocument(blob).result.toUpperCase();
