import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { ProgressEvent } from "../api/index.ts";
import {
  type BlobProgress,
  exportArchive,
  exportLayout,
  type FileBlobStore,
  formatReference,
  imageInArchive,
  imageInLayout,
  importArchive,
  importLayout,
  type LayoutEntry,
  OciError,
  parseReference,
  type Reference,
} from "../oci/index.ts";
import { syncDirectory } from "../runtime/index.ts";
import { AgentError } from "./errors.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import type { ImageView } from "./image-state.ts";
import type { Images } from "./images.ts";
import type { Place } from "./requests.ts";

export type ImageArchivesDeps = { readonly images: Images; readonly store: FileBlobStore };

const READ_BYTES = 1024 * 1024;

/** Takes an image from a layout or an archive on this machine's disk, and serves it like any other. */
export async function* importImage(
  { images, store }: ImageArchivesDeps,
  source: Place,
  reference: Reference | undefined,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent> {
  const events = createEventLog();
  const take = async () => {
    // An image without a name is refused before anything of it is copied.
    const called = reference ?? nameOf(await lookInto(source, signal));
    const options = { ...copying(events, signal), blobs: store, name: source.tag };
    const imported =
      source.kind === "oci"
        ? await importLayout(source.directory, options)
        : await importArchive(readFile(source.file, signal), options);
    return await images.adopt(called, imported.descriptor);
  };
  const adopted = images.whileKeeping(take).finally(() => events.end());
  // Whoever follows gets the failure below, when what was told before it has been read.
  adopted.catch(() => {});
  yield* events.follow(signal);
  yield* (await adopted).follow(signal);
}

/** Writes a complete image into a layout or an archive on this machine's disk. */
export async function* exportImage(
  { store }: ImageArchivesDeps,
  { record, plan, state }: ImageView,
  target: Place,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent> {
  if (record.top === undefined || plan === undefined) {
    throw new AgentError(
      "NOT_READY",
      `could not export ${formatReference(record.reference)}: it is not complete yet (${state.state})`,
    );
  }
  const events = createEventLog();
  const options = {
    ...copying(events, signal),
    blobs: store,
    descriptor: record.top,
    name: target.tag ?? record.reference.tag,
  };
  const written =
    target.kind === "oci"
      ? exportLayout(target.directory, options)
      : writeArchive(target.file, options);
  written.then(
    () => {
      events.step({ step: "STEP_DONE", reference: formatReference(record.reference) });
      events.end();
    },
    (error: Error) => events.end(error),
  );
  yield* events.follow(signal);
}

/** Tells how far each blob is. */
function copying(events: EventLog, signal: AbortSignal) {
  const onProgress = ({ digest, size, doneBytes }: BlobProgress) => {
    const about = {
      digest,
      completedBytes: doneBytes,
      totalBytes: size,
      source: "SOURCE_LOCAL" as const,
    };
    if (doneBytes === size) events.step({ ...about, step: "STEP_BLOB_DONE" });
    else events.progress({ ...about, step: "STEP_PROGRESS" });
  };
  return { signal, onProgress };
}

const lookInto = (source: Place, signal: AbortSignal): Promise<LayoutEntry> =>
  source.kind === "oci"
    ? imageInLayout(source.directory, source.tag)
    : imageInArchive(readFile(source.file, signal), { name: source.tag, signal });

function nameOf({ reference, name }: LayoutEntry): Reference {
  if (reference !== undefined) return reference;
  const full = name?.includes("/") ? parseReference(name) : undefined;
  if (full !== undefined) return full;
  throw new AgentError(
    "ARGUMENT_INVALID",
    "reference: the source does not say what its image is called: name it with --name",
  );
}

async function* readFile(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: READ_BYTES, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new OciError("ARCHIVE_INVALID", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The archive gets its name when it is whole. Throws DISK_FULL or STORE_WRITE, or as the export does. */
async function writeArchive(
  file: string,
  options: Parameters<typeof exportArchive>[1],
): Promise<void> {
  const unfinished = `${file}.unfinished-${randomUUID()}`;
  try {
    const sink = createWriteStream(unfinished, { mode: 0o644, flush: true });
    // An error that comes before the export listens would end the daemon.
    await once(sink, "open");
    await exportArchive(sink, options).finally(() => sink.destroy());
    await rename(unfinished, file);
    await syncDirectory(dirname(file));
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    options.signal.throwIfAborted();
    throw cause instanceof OciError ? cause : notWritten(file, cause as NodeJS.ErrnoException);
  }
}

const notWritten = (file: string, cause: NodeJS.ErrnoException): OciError =>
  new OciError(
    cause.code === "ENOSPC" || cause.code === "EDQUOT" ? "DISK_FULL" : "STORE_WRITE",
    `could not write ${file}: ${cause.message}`,
    { cause },
  );
