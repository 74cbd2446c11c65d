import { access } from "node:fs/promises";
import type { Digest } from "../../oci/index.ts";
import type { Clock } from "../../runtime/index.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { RuntimeError } from "./errors.ts";
import type { LoadChoice } from "./helper-config.ts";
import { LOOPBACK_NAMES_FILTER } from "./load-image.ts";
import type { Probe } from "./requests.ts";
import { type Bring, byImport, byLoopback, type Trial, tryLoading } from "./trial.ts";

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

/** Less than half of what the agent gives a trial: there are two ways. */
const TRIAL_MS = 25_000;

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
    return { ...called, ...(await tryEach(deps, probe, called.name, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RuntimeError)) throw error;
    const message = `the container runtime at ${socket} does not answer: ${error.message}`;
    return { ...notTried, reason: "SocketMissing", message };
  }
}

type Way = Exclude<LoadMethod, "StoreOnly">;

const WAYS: Readonly<Record<LoadChoice, readonly Way[]>> = {
  auto: ["Loopback", "Import"],
  Loopback: ["Loopback"],
  Import: ["Import"],
  StoreOnly: [],
};
const BRINGS: Readonly<Record<Way, Bring>> = { Loopback: byLoopback, Import: byImport };

/** The first way that works. @throws RuntimeError RUNTIME_UNAVAILABLE when there is nobody to try with */
async function tryEach(
  deps: RuntimeStateDeps,
  probe: Probe,
  name: string,
  signal: AbortSignal,
): Promise<Omit<RuntimeState, "name" | "version">> {
  const whyNot: string[] = [];
  for (const way of WAYS[deps.choice]) {
    const tried = await tryOne(deps, BRINGS[way], probe, signal);
    if (typeof tried !== "string") {
      return { ...tried, loadMethod: way, reason: "Ready", message: told(way, name, whyNot) };
    }
    whyNot.push(`${FAILED[way]}: ${tried}`);
  }
  return {
    ...notTried,
    // Somebody has chosen it, and may know better than a trial.
    ...(deps.choice !== "auto" && { loadMethod: deps.choice, namesTags: true }),
    reason: "LoadProbeFailed",
    message: `${whyNot.join("; ")}; so ${STORED_ALONE}`,
  };
}

const FAILED: Readonly<Record<Way, string>> = {
  Loopback: "a small image could not be loaded from this node's mirror",
  Import: "it could not be written into the runtime's store",
};

function told(way: Way, name: string, whyNot: readonly string[]): string {
  if (way === "Loopback") return `${name} takes images from this node's mirror`;
  const how = `images are written into the store of ${name}, which unpacks each when its first pod starts`;
  return [...whyNot, how].join("; so ");
}

/** Or why not. */
async function tryOne(
  deps: RuntimeStateDeps,
  bring: Bring,
  probe: Probe,
  signal: AbortSignal,
): Promise<Trial | string> {
  const limit = AbortSignal.timeout(TRIAL_MS);
  try {
    return await tryLoading(deps, bring, probe, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    if (error === limit.reason) return `it took more than ${TRIAL_MS / 1_000} s`;
    if (!(error instanceof RuntimeError) || error.code === "RUNTIME_UNAVAILABLE") throw error;
    return error.message;
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
