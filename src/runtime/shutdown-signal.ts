import { constants } from "node:os";

/** The part of `process` that is needed here. */
export type SignalSource = {
  on(name: "SIGTERM" | "SIGINT", listener: (name: "SIGTERM" | "SIGINT") => void): unknown;
  exit(code: number): unknown;
};

/** The reason of a shutdown signal. */
export class ShutdownRequested extends Error {
  override readonly name = "ShutdownRequested";
}

/** Aborts on the first SIGTERM or SIGINT; a second one ends the process at once, with the shell's exit code for it. */
export function shutdownSignal(source: SignalSource): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: "SIGTERM" | "SIGINT") => {
    if (controller.signal.aborted) source.exit(128 + constants.signals[name]);
    else controller.abort(new ShutdownRequested(`stopped by ${name}`));
  };
  source.on("SIGTERM", onSignal);
  source.on("SIGINT", onSignal);
  return controller.signal;
}
