import { access } from "node:fs/promises";
import type { Digest } from "../../oci/index.ts";
import type { Clock } from "../../runtime/index.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { RuntimeError } from "./errors.ts";
import type { LoadChoice } from "./helper-config.ts";
import { LOOPBACK_NAMES_FILTER } from "./load-image.ts";
import type { Probe } from "./requests.ts";
import { tryLoading } from "./trial.ts";

export type LoadMethod = "Loopback" | "Import" | "StoreOnly";

/** What the helper says of the runtime. */
export type RuntimeState = {
  /** Empty while it does not answer. */
  readonly name: string;
  readonly version: string;
  readonly loadMethod: LoadMethod;
  readonly namesTags: boolean;
  readonly canPin: boolean;
  readonly reason: "Ready" | "SocketMissing" | "LoadProbeFailed" | "NotTried";
  readonly message: string;
};

export type RuntimeStateDeps = {
  readonly runtime: ContainerRuntime;
  readonly socket: string;
  readonly choice: LoadChoice;
  readonly clock: Clock;
};

const STORED_ALONE = "images are stored and shared, and pods cannot use them";

/** Nothing is known until something was tried: no configuration of a runtime is ever read. */
export const notTried: RuntimeState = {
  name: "",
  version: "",
  loadMethod: "StoreOnly",
  namesTags: false,
  canPin: false,
  reason: "NotTried",
  message: "no image was loaded to see whether the container runtime takes it",
};

/** Tries with the probe image. Never throws but when it is told to stop: that the runtime is away is an answer, too. */
export async function lookAtRuntime(
  deps: RuntimeStateDeps,
  probe: Probe,
  signal: AbortSignal,
): Promise<RuntimeState> {
  const { runtime, socket, choice } = deps;
  const isThere = await access(socket).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const message = `no container runtime listens at ${socket}: ${STORED_ALONE}: name its socket with --runtime-socket`;
    return { ...notTried, reason: "SocketMissing", message };
  }
  try {
    const called = await runtime.version(signal);
    if (choice === "StoreOnly") {
      const message = `--load StoreOnly: ${STORED_ALONE}`;
      return { ...notTried, ...called, reason: "Ready", message };
    }
    const trial = await tryLoading(deps, probe, signal);
    const message = `${called.name} takes images from this node's mirror`;
    return { ...called, ...trial, loadMethod: "Loopback", reason: "Ready", message };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RuntimeError)) throw error;
    const called = await runtime.version(signal).catch(() => ({ name: "", version: "" }));
    const isAway = error.code === "RUNTIME_UNAVAILABLE";
    return {
      ...{ ...notTried, ...called },
      // Somebody has chosen it, and may know better than a trial.
      ...(choice === "Loopback" && !isAway && { loadMethod: "Loopback", namesTags: true }),
      reason: isAway ? "SocketMissing" : "LoadProbeFailed",
      message: isAway
        ? `the container runtime at ${socket} does not answer: ${error.message}`
        : `a small image could not be loaded from this node's mirror, so ${STORED_ALONE}: ${error.message}`,
    };
  }
}

/** Takes away loopback names that loads have left behind which were killed in the middle. */
export async function sweepLoopbackNames(
  { names }: ContainerRuntime,
  isLoading: (digest: Digest) => boolean,
  signal: AbortSignal,
): Promise<number> {
  const left = await names.list([LOOPBACK_NAMES_FILTER], signal);
  const stale = left.filter(({ target }) => !isLoading(target.digest));
  for (const each of stale) await names.remove(each, signal);
  return stale.length;
}
