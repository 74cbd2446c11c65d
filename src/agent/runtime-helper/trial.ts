import { Readable } from "node:stream";
import type { Clock } from "../../runtime/index.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { pinnedLabels } from "./image-labels.ts";
import type { Target } from "./image-names.ts";
import { type ImportedBlob, withImported } from "./import-image.ts";
import { withPulled } from "./load-image.ts";
import type { Probe } from "./requests.ts";

/** What a runtime was seen to do with an image that nobody needs. */
export type Trial = {
  /** Whether images can be given names. */
  readonly namesTags: boolean;
  /** Whether it says of a pinned image that it is. */
  readonly canPin: boolean;
};

export type TrialDeps = { readonly runtime: ContainerRuntime; readonly clock: Clock };

/** Reserved by RFC 2606: no registry has it, so nothing can be fetched for this name. */
const REPOSITORY = "probe.oci-torrent.invalid/probe";

/** A runtime that honours pins shows them within 300 ms. */
const PINNED_WITHIN_MS = 2_000;
const LOOK_AGAIN_MS = 20;

/** Brings an image in, and acts while nobody removes it. */
export type Bring = (
  deps: TrialDeps,
  probe: Probe,
  signal: AbortSignal,
  act: (target: Target) => Promise<void>,
) => Promise<void>;

/** As Load does. */
export const byLoopback: Bring = (deps, { digest, mirror }, signal, act) =>
  withPulled(deps, digest, mirror, signal, act);

/** As Import does. */
export const byImport: Bring = (deps, { digest, blobs }, signal, act) =>
  withImported(deps, digest, inMemory(blobs), signal, act);

async function* inMemory(blobs: Probe["blobs"]): AsyncGenerator<ImportedBlob> {
  for (const { data, ...blob } of blobs) yield { ...blob, bytes: Readable.from([data]) };
}

/**
 * Brings the probe image in, names and pins it, and removes it.
 * @throws RuntimeError when the runtime does not take it
 */
export async function tryLoading(
  deps: TrialDeps,
  bring: Bring,
  probe: Probe,
  signal: AbortSignal,
): Promise<Trial> {
  const { runtime } = deps;
  const { digest } = probe;
  const seen = { canPin: false };
  await bring(deps, probe, signal, async (target) => {
    const name = `${REPOSITORY}:${digest.slice("sha256:".length, 32)}`;
    await runtime.names.set({ name, target, labels: pinnedLabels }, signal);
    try {
      seen.canPin = await showsPin(deps, name, signal);
    } finally {
      await forget(runtime, name, target, signal);
    }
  });
  return { namesTags: true, ...seen };
}

async function showsPin(
  { runtime, clock }: TrialDeps,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = clock.now() + PINNED_WITHIN_MS;
  while (clock.now() < deadline) {
    if ((await runtime.see(name, signal))?.pinned) return true;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
  return false;
}

/** With the name that the runtime gives by itself to whatever it has pulled. */
async function forget(
  { names, remove }: ContainerRuntime,
  name: string,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  await remove(name, signal);
  await names.remove({ name, target }, signal);
}
