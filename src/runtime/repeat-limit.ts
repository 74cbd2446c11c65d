import type { Clock } from "./clock.ts";

const WINDOW_MS = 10_000;
const LINES_PER_WINDOW = 20;
// Messages are fixed sentences, so there are few; this bounds the memory of one that is not.
const MAX_MESSAGES = 1_000;

type Window = { readonly startMs: number; readonly lines: number; readonly heldBack: number };

/** Lets a message through at most 20 times in 10 s, so that one who knocks often cannot fill the disk with lines. */
export function createRepeatLimit(clock: Clock) {
  const windows = new Map<string, Window>();

  const openWindow = (message: string, startMs: number): number => {
    const heldBack = windows.get(message)?.heldBack ?? 0;
    windows.delete(message);
    if (windows.size >= MAX_MESSAGES) windows.delete(windows.keys().next().value ?? "");
    windows.set(message, { startMs, lines: 1, heldBack: 0 });
    return heldBack;
  };

  return {
    /** How many of this message were held back since it last passed; undefined when this one is too. */
    heldBack(message: string): number | undefined {
      const now = clock.now();
      const window = windows.get(message);
      if (window === undefined || now - window.startMs >= WINDOW_MS)
        return openWindow(message, now);
      const passes = window.lines < LINES_PER_WINDOW;
      const { lines, heldBack } = window;
      windows.set(
        message,
        passes ? { ...window, lines: lines + 1 } : { ...window, heldBack: heldBack + 1 },
      );
      return passes ? 0 : undefined;
    },
  };
}
