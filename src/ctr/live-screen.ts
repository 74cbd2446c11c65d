import { createLogUpdate } from "log-update";
import type { Output } from "./output.ts";

/** Lines that stay, above rows that are drawn over. */
export interface LiveScreen {
  print(lines: readonly string[]): void;
  /** Asks for rows when it is time to draw; never more often than `FRAME_MS`. */
  draw(rows: (columns: number, rows: number) => readonly string[]): void;
  /** Draws what is due and leaves it standing. */
  close(): void;
}

/** Faster than the eye follows, slow enough for a terminal over ssh. */
const FRAME_MS = 100;

export function createLiveScreen(output: Output): LiveScreen {
  // The cursor stays: hiding it needs exit handlers that would take Ctrl-C over.
  const update = createLogUpdate(output as NodeJS.WritableStream, { showCursor: true });
  let due: Parameters<LiveScreen["draw"]>[0] | undefined;
  let drawn = "";
  let timer: NodeJS.Timeout | undefined;

  const frame = () => {
    if (due === undefined) return;
    drawn = due(output.columns ?? 80, output.rows ?? 24).join("\n");
    due = undefined;
    if (drawn !== "") update(drawn);
  };
  return {
    print(lines) {
      if (lines.length === 0) return;
      if (drawn !== "") update.clear();
      output.write(`${lines.join("\n")}\n`);
      if (drawn !== "") update(drawn);
    },
    draw(rows) {
      due = rows;
      if (timer !== undefined) return;
      frame();
      timer = setTimeout(() => {
        timer = undefined;
        frame();
      }, FRAME_MS);
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
      frame();
      update.done();
    },
  };
}
