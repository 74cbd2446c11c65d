import { CtrError, EXIT } from "./errors.ts";

/** The part of `process` that is needed here. */
export type InterruptSource = {
  on(name: "SIGINT", listener: () => void): unknown;
  exit(code: number): unknown;
};

/** Ctrl-C once asks for an orderly end; twice ends at once, whatever the program waits for. */
export function interruption(source: InterruptSource): AbortSignal {
  const controller = new AbortController();
  source.on("SIGINT", () => {
    if (controller.signal.aborted) source.exit(EXIT.interrupted);
    else controller.abort(new CtrError("INTERRUPTED", "interrupted"));
  });
  return controller.signal;
}
