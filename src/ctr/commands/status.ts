import type { ImageStatus__Output } from "../../api/index.ts";
import type { CommandDeps } from "../deps.ts";
import { formatDocument, formatStreamed } from "../documents.ts";
import { CtrError, EXIT, type ExitCode } from "../errors.ts";
import { type ImageArgument, parseOptionalImage } from "../image-argument.ts";
import type { TableFormat } from "../invocation.ts";
import { isScreen, writeLines } from "../output.ts";
import { printable } from "../printable.ts";
import { statusDocument } from "../status-document.ts";
import { complaints, statusTable, wideStatusTable } from "../status-table.ts";

type Options = { readonly image?: string; readonly watch: boolean; readonly format: TableFormat };

export async function status(options: Options, deps: CommandDeps): Promise<ExitCode> {
  const image = parseOptionalImage(options.image);
  return options.watch ? await watch(options, image, deps) : await once(options, image, deps);
}

async function once(
  { format }: Options,
  image: ImageArgument | undefined,
  { daemon, stdout, warn }: CommandDeps,
): Promise<ExitCode> {
  const request = { reference: image?.reference ?? "" };
  const { images } = await daemon.ask(daemon.methods.Status, request);
  if (image !== undefined && images.length === 0) throw notFound(image);
  if (format === "json" || format === "yaml") {
    stdout.write(await formatDocument(format, { images: images.map(statusDocument) }));
    return EXIT.ok;
  }
  writeLines(stdout, tableOf(images, format, image));
  for (const complaint of complaints(images)) warn(complaint);
  return EXIT.ok;
}

const notFound = ({ reference }: ImageArgument): CtrError =>
  new CtrError("FAILED", `${reference} is not an image of this daemon: start it first`);

const tableOf = (
  images: readonly ImageStatus__Output[],
  format: "table" | "wide",
  image: ImageArgument | undefined,
): string[] =>
  format === "wide" ? wideStatusTable(images) : statusTable(images, image !== undefined);

/** On a terminal the table is drawn over; elsewhere each state is a table, or a document, of its own. */
async function watch(
  { format }: Options,
  image: ImageArgument | undefined,
  { daemon, stdout, env }: CommandDeps,
): Promise<ExitCode> {
  const request = { reference: image?.reference ?? "" };
  const states = daemon.follow(daemon.methods.WatchStatus, request);
  if (format === "json" || format === "yaml") {
    for await (const { images } of states) {
      stdout.write(await formatStreamed(format, { images: images.map(statusDocument) }));
    }
    return EXIT.ok;
  }
  const lines = (images: readonly ImageStatus__Output[]) => [
    ...tableOf(images, format, image),
    ...complaints(images).map(printable),
  ];
  if (!isScreen(stdout, env)) {
    for await (const { images } of states) writeLines(stdout, [...lines(images), ""]);
    return EXIT.ok;
  }
  const { createLiveScreen } = await import("../live-screen.ts");
  const screen = createLiveScreen(stdout);
  try {
    for await (const { images } of states) {
      screen.draw((columns) => lines(images).map((line) => line.slice(0, columns)));
    }
  } finally {
    screen.close();
  }
  return EXIT.ok;
}
