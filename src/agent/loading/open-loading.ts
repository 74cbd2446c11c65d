import { type Address, formatAddress, hostAndPort } from "../../api/index.ts";
import type { Digest } from "../../oci/index.ts";
import { type Component, type Log, systemClock } from "../../runtime/index.ts";
import { createMirror } from "../mirror.ts";
import { createImageLoader, type ImageLoader } from "./image-loader.ts";
import { createMirrorPasses } from "./mirror-passes.ts";
import { connectRuntimeHelper } from "./runtime-helper.ts";

export type LoadingOptions = {
  readonly helper: Address;
  readonly mirrorListen: { readonly host: string; readonly port: number };
  /** A blob that the runtime found to be something else than its digest says. */
  onDamaged(digest: Digest): void;
  readonly log: Log;
};

/** All that takes stored images into the container runtime: the mirror, the passes to it, the way to the helper. */
export type Loading = Component & Pick<ImageLoader, "want" | "state" | "runtime" | "changes">;

/** The mirror listens when the promise resolves, until `run` ends. */
export async function openLoading(options: LoadingOptions): Promise<Loading & AsyncDisposable> {
  const log = options.log.child({ component: "loading" });
  const passes = createMirrorPasses(() => systemClock.now());
  const mirror = await createMirror({
    listen: options.mirrorListen,
    source: passes.gate,
    onAccess({ error, ...access }) {
      log.debug("mirror", { ...access, ...(error !== undefined && { error: error.message }) });
    },
  });
  const helper = connectRuntimeHelper(options.helper);
  const loader = createImageLoader({
    helper,
    passes,
    mirror: hostAndPort(mirror),
    onDamaged: ({ content }) => {
      for (const digest of content.keys()) options.onDamaged(digest);
    },
    clock: systemClock,
    log,
  });
  log.info("mirror for the container runtime", {
    url: mirror.url,
    helper: formatAddress(options.helper),
  });
  return {
    ...loader,
    async [Symbol.asyncDispose]() {
      helper.close();
      await mirror.close();
    },
  };
}
