import type { Image__Output } from "../../api/index.ts";
import { formatBytes } from "../bytes.ts";
import type { CommandDeps } from "../deps.ts";
import { formatDocument } from "../documents.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import type { TableFormat } from "../invocation.ts";
import { writeLines } from "../output.ts";
import { hexOf } from "../render-start.ts";
import { imageDocument } from "../status-document.ts";
import { alignedTable, type Row } from "../table.ts";

export async function list(
  { format }: { readonly format: TableFormat },
  { daemon, stdout }: CommandDeps,
): Promise<ExitCode> {
  const { images } = await daemon.ask(daemon.methods.ListImages, {});
  if (format === "json" || format === "yaml") {
    stdout.write(await formatDocument(format, { images: images.map(imageDocument) }));
  } else {
    writeLines(stdout, imageTable(images, format === "wide"));
  }
  return EXIT.ok;
}

const HEADER: Row = ["IMAGE", "DIGEST", "LAYERS", "SIZE", "STATE"];

const imageTable = (images: readonly Image__Output[], wide: boolean): string[] =>
  alignedTable([
    HEADER,
    ...images.map((image): Row => {
      const { reference, layers, state } = imageDocument(image);
      const digest = wide ? image.digest : hexOf(image.digest).slice(0, 12);
      const size = wide ? String(image.size) : formatBytes(image.size);
      return [reference, digest || "-", String(layers), size, capitalised(state)];
    }),
  ]);

const capitalised = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
