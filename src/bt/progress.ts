/** Tells of progress at most every `intervalMs`, and never tells less than the last state. */
export type ProgressReporter = {
  changed(): void;
  /** Tells the last state now, and nothing after. */
  finish(): void;
  stop(): void;
};

export function createProgressReporter(report: () => void, intervalMs = 100): ProgressReporter {
  let timer: NodeJS.Timeout | undefined;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const tell = () => {
    timer = undefined;
    reportedAt = performance.now();
    report();
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return {
    changed: () => {
      if (stopped || timer !== undefined) return;
      const wait = reportedAt + intervalMs - performance.now();
      if (wait <= 0) tell();
      else timer = setTimeout(tell, wait);
    },
    finish: () => {
      if (stopped) return;
      stop();
      tell();
    },
    stop,
  };
}
