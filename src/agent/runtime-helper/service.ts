import type { handleUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { RuntimeHelperHandlers } from "../../api/index.ts";
import type { Digest } from "../../oci/index.ts";
import type { Log } from "../../runtime/index.ts";
import { createSlots } from "../slots.ts";
import { RuntimeError, statusOf } from "./errors.ts";
import type { HostsDirectory } from "./hosts-directory.ts";
import { PINNED_BY_US_FILTER, pinnedLabels, unpinnedLabels } from "./image-labels.ts";
import { importImage } from "./import-image.ts";
import { readImport } from "./import-requests.ts";
import { isHeld, loadImage } from "./load-image.ts";
import {
  type NamedImage,
  type Probe,
  readImage,
  readImages,
  readLoad,
  readMirrorAddress,
  readProbe,
} from "./requests.ts";
import {
  lookAtRuntime,
  notTried,
  type RuntimeState,
  type RuntimeStateDeps,
  sweepLoopbackNames,
} from "./runtime-state.ts";

type ServerCall = { getPath(): string; on(event: "cancelled", listener: () => void): unknown };

export type ServiceDeps = RuntimeStateDeps & {
  readonly hosts: HostsDirectory;
  readonly log: Log;
  /** When this process is to end. */
  readonly signal: AbortSignal;
};

/** The agent asks for fewer; this holds whatever it does. */
const LOADS_AT_A_TIME = 4;

export function createService(deps: ServiceDeps): RuntimeHelperHandlers {
  const { runtime, hosts, log, choice } = deps;
  const inSlot = createSlots(LOADS_AT_A_TIME);
  const loading = new Map<Digest, Promise<void>>();
  let state: RuntimeState = notTried;

  /** An image is brought in by one call at a time. */
  async function bring(
    { digest, names }: NamedImage,
    act: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (choice === "StoreOnly") {
      throw new RuntimeError("UNSUPPORTED", "images are only stored: --load StoreOnly");
    }
    // Two loads of one image share its loopback name, and the first to end would take it from the other.
    while (loading.has(digest)) await loading.get(digest)?.catch(() => {});
    const running = inSlot(act, signal);
    loading.set(digest, running);
    try {
      await running;
    } finally {
      loading.delete(digest);
    }
    log.info("image loaded", { digest, names: names.join(", ") });
  }

  async function look(probe: Probe, signal: AbortSignal): Promise<void> {
    state = await lookAtRuntime(deps, probe, signal);
    log.info("container runtime tried", { ...state });
    if (state.name === "") return;
    const isLoading = (digest: Digest) => loading.has(digest);
    const swept = await sweepLoopbackNames(runtime, isLoading, signal);
    if (swept > 0) log.info("names of unfinished loads removed", { count: swept });
  }

  async function pin({ digest, names }: NamedImage, pinned: boolean, signal: AbortSignal) {
    const labels = pinned ? pinnedLabels : unpinnedLabels;
    for (const name of names) {
      const named = await runtime.names.get(name, signal);
      if (named?.target.digest !== digest) continue;
      await runtime.names.set({ ...named, labels }, signal);
    }
  }

  async function heldAndPinned(images: readonly NamedImage[], signal: AbortSignal) {
    const held: boolean[] = [];
    for (const image of images) held.push(await isHeld(runtime, image, signal));
    const pinned = await runtime.names.list([PINNED_BY_US_FILTER], signal);
    return {
      held,
      pinned: pinned.map(({ name, target }) => ({ digest: target.digest, names: [name] })),
    };
  }

  function answer<R>(
    call: ServerCall,
    callback: sendUnaryData<R>,
    act: (signal: AbortSignal) => Promise<R>,
  ): void {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort(new Error("the agent has gone")));
    const signal = AbortSignal.any([gone.signal, deps.signal]);
    Promise.try(() => act(signal)).then(
      (response) => callback(null, response),
      (error: unknown) => {
        const { message } = error as Error;
        if (!(error instanceof RuntimeError) && !signal.aborted) {
          log.error("call failed", { method: call.getPath(), error: String(error) });
        }
        const code = error instanceof RuntimeError ? statusOf[error.code] : undefined;
        callback({ ...(code !== undefined && { code }), details: message });
      },
    );
  }

  const unary =
    <Q, R>(act: (request: Q, signal: AbortSignal) => Promise<R>): handleUnaryCall<Q, R> =>
    (call, callback) =>
      answer(call, callback, (signal) => act(call.request, signal));

  return {
    Load: unary(async (request, signal) => {
      const load = readLoad(request);
      await bring(load.image, () => loadImage(deps, load, signal), signal);
      return {};
    }),
    Import: (call, callback) =>
      answer(call, callback, async (signal) => {
        const wanted = await readImport(call);
        await bring(wanted.image, () => importImage(deps, wanted, signal), signal);
        return {};
      }),
    Pin: unary(async ({ image, pinned }, signal) => {
      await pin(readImage("image", image), pinned, signal);
      return {};
    }),
    Status: unary(async (request, signal) => {
      const probe = readProbe(request.probe);
      const images = readImages(request.images);
      if (probe !== undefined) await look(probe, signal);
      const isThere = state.name !== "";
      return { runtime: state, ...(isThere && (await heldAndPinned(images, signal))) };
    }),
    WriteHosts: unary(async ({ address }, signal) => {
      signal.throwIfAborted();
      const written = await hosts.write(readMirrorAddress("address", address));
      if (written.outcome === "Written") log.info("hosts directory written", written);
      return written;
    }),
  };
}
