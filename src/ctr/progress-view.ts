import type { ProgressEvent__Output } from "../api/index.ts";
import type { Environment } from "./address.ts";
import { CtrError } from "./errors.ts";
import { isScreen, type Output, writeLines } from "./output.ts";
import { printable } from "./printable.ts";
import { eventDocument } from "./progress-document.ts";
import { liveRows, quarterRow } from "./render-rows.ts";
import { advance, beginView, hexOf, type StartView } from "./render-start.ts";

export type ProgressMode = "auto" | "tty" | "plain" | "json" | "quiet";

/** Shows a transfer while it runs. */
export interface ProgressView {
  show(event: ProgressEvent__Output): void;
  close(): void;
  /** What is known so far. */
  readonly view: StartView;
}

type Write = (
  view: StartView,
  before: StartView,
  event: ProgressEvent__Output,
  lines: readonly string[],
) => void;

export async function createProgressView(
  mode: ProgressMode,
  shown: string,
  output: Output,
  env: Environment,
): Promise<ProgressView> {
  const { write, close } = await writerOf(mode, output, env);
  let view = beginView(shown);
  return {
    show(event) {
      const before = view;
      const next = advance(before, event);
      view = next.view;
      write(view, before, event, next.lines.map(printable));
    },
    close,
    get view() {
      return view;
    },
  };
}

type Writer = { readonly write: Write; readonly close: () => void };

async function writerOf(mode: ProgressMode, output: Output, env: Environment): Promise<Writer> {
  const screen = isScreen(output, env);
  if (mode === "tty" && !screen) {
    throw new CtrError("USAGE", "--progress=tty needs a terminal on stdout: use --progress=plain");
  }
  if (mode === "tty" || (mode === "auto" && screen)) return await screenWriter(output);
  if (mode === "json") return jsonWriter(output);
  if (mode === "quiet") return { write: () => {}, close: () => {} };
  return plainWriter(output);
}

async function screenWriter(output: Output): Promise<Writer> {
  const { createLiveScreen } = await import("./live-screen.ts");
  const screen = createLiveScreen(output);
  return {
    write(view, _before, event, lines) {
      // The last line sums up: it goes below the rows, which stay.
      if (event.step === "STEP_DONE") {
        screen.draw((columns, rows) => liveRows(view, columns, rows));
        screen.close();
        writeLines(output, lines);
        return;
      }
      screen.print(lines);
      screen.draw((columns, rows) => liveRows(view, columns, rows));
    },
    close: () => screen.close(),
  };
}

function plainWriter(output: Output): Writer {
  return {
    write(view, before, event, lines) {
      writeLines(output, lines);
      const hex = hexOf(event.digest);
      const after = view.blobs.get(hex);
      if (after === undefined || view === before) return;
      if (event.step !== "STEP_PROGRESS" && event.step !== "STEP_BLOB_DONE") return;
      const row = quarterRow(before.blobs.get(hex), after);
      if (row !== undefined) writeLines(output, [row]);
    },
    close: () => {},
  };
}

const jsonWriter = (output: Output): Writer => ({
  write: (_view, _before, event) => writeLines(output, [JSON.stringify(eventDocument(event))]),
  close: () => {},
});
