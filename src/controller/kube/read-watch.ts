import type { Clock } from "../../runtime/index.ts";
import { within } from "../within.ts";
import type { ApiReply } from "./api-access.ts";
import { parseWatchLine, type WatchEvent } from "./watch-event.ts";
import { LineSplitter, LineTooLong } from "./watch-lines.ts";

/** An object is 1.5 MiB in etcd at most, and somewhat longer as JSON. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** Servers send a bookmark each minute: after that, silence means that nobody is there. */
export const SILENCE_MS = 80_000;

/** The connection is there, and has been silent for too long. */
export class WatchSilent extends Error {
  override readonly name = "WatchSilent";
}

/** The events of a watch, one by one. @throws WatchSilent, and what reading throws. */
export async function* readWatch(reply: ApiReply, clock: Clock): AsyncGenerator<WatchEvent> {
  const lines = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of withoutSilence(reply.body, clock)) {
    for (const line of linesOf(lines, chunk)) {
      yield line === undefined ? { type: "garbage" } : parseWatchLine(line);
    }
  }
}

function linesOf(lines: LineSplitter, chunk: Uint8Array): (string | undefined)[] {
  try {
    return lines.push(chunk);
  } catch (error) {
    if (error instanceof LineTooLong) return [undefined];
    throw error;
  }
}

async function* withoutSilence(
  body: AsyncIterable<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(chunks.next(), SILENCE_MS, clock);
      if (next === undefined) throw new WatchSilent(`no word for ${SILENCE_MS / 1_000} s`);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a generator that hangs in next() would not come back from return() either.
    chunks.return?.().catch(() => {});
  }
}
