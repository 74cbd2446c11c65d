import type { Digest } from "../../oci/index.ts";
import type { Clock } from "../../runtime/index.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import { RuntimeError } from "./errors.ts";
import { loadedLabels } from "./image-labels.ts";
import type { Target } from "./image-names.ts";
import type { Load, MirrorAccess, NamedImage } from "./requests.ts";

/** One short path for every image: a mirror that the administrator has put in between learns nothing of what is loaded. */
const PATH = "l";

/** Names that loads leave behind only when this process or the runtime dies in the middle. */
export const LOOPBACK_NAMES_FILTER = `name~="^(127[.]|[[]::1)[^/]*/${PATH}@sha256:"`;

const loopbackName = ({ address }: MirrorAccess, digest: Digest) => `${address}/${PATH}@${digest}`;

/** The runtime learns of names by an event of its own, which takes it a few ms. */
const SEEN_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 5;
const soon = () => AbortSignal.timeout(SEEN_WITHIN_MS);

export type LoadDeps = {
  readonly runtime: Pick<ContainerRuntime, "names" | "pull" | "see" | "dropPart">;
  readonly clock: Clock;
};

/**
 * Has the runtime fetch the image under a name of the mirror's, gives it its real names, and takes the first one away. It is loaded when the
 * runtime itself says so.
 */
export async function loadImage(deps: LoadDeps, load: Load, signal: AbortSignal): Promise<void> {
  const { image, mirror, pin } = load;
  await withPulled(deps, image.digest, mirror, signal, async (target) => {
    for (const name of image.names) {
      await deps.runtime.names.set({ name, target, labels: loadedLabels(pin) }, signal);
    }
  });
  await untilSeen(deps, image, signal);
}

/** Pulls, acts while the image has its loopback name, and removes that name whatever happens. */
export async function withPulled(
  { runtime }: Pick<LoadDeps, "runtime">,
  digest: Digest,
  mirror: MirrorAccess,
  signal: AbortSignal,
  act: (target: Target) => Promise<void>,
): Promise<void> {
  const name = loopbackName(mirror, digest);
  await runtime.pull(name, mirror, signal).catch((error: unknown) => refused(runtime, error));
  const pulled = await runtime.names.get(name, signal);
  if (pulled === undefined) {
    throw new RuntimeError(
      "LOAD_FAILED",
      `could not name ${digest}: the runtime took it, and has removed it since`,
    );
  }
  try {
    if (pulled.target.digest !== digest) {
      const other = pulled.target.digest;
      throw new RuntimeError("LOAD_FAILED", `could not load ${digest}: the runtime took ${other}`);
    }
    await act(pulled.target);
  } finally {
    // Also when the caller has gone meanwhile.
    await runtime.names.remove(pulled, soon());
  }
}

const REFUSED = /failed commit on ref "([a-z]+-sha256:[0-9a-f]{64})"/;

/** The runtime keeps bytes that are not what their digest says, and goes on from there when it is given the right ones. */
async function refused(runtime: LoadDeps["runtime"], error: unknown): Promise<never> {
  const [, ref] = REFUSED.exec((error as Error).message) ?? [];
  // Where that fails, the next load is refused as this one is.
  if (ref !== undefined) await runtime.dropPart(ref, soon()).catch(() => {});
  throw error;
}

/** The runtime shows it under all its names. @throws RuntimeError where it does not soon */
export async function untilSeen(
  { runtime, clock }: LoadDeps,
  image: NamedImage,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + SEEN_WITHIN_MS;
  while (!(await isHeld(runtime, image, signal))) {
    if (clock.now() >= deadline) {
      throw new RuntimeError(
        "LOAD_FAILED",
        `${image.names[0]} was loaded, but the runtime does not show it as ${image.digest}`,
      );
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Whether every name stands for the digest, both where names are kept and where the kubelet looks. */
export async function isHeld(
  runtime: LoadDeps["runtime"],
  { digest, names }: NamedImage,
  signal: AbortSignal,
): Promise<boolean> {
  for (const name of names) {
    const named = await runtime.names.get(name, signal);
    if (named?.target.digest !== digest) return false;
    const seen = await runtime.see(name, signal);
    if (!seen?.repoDigests.some((each) => each.endsWith(`@${digest}`))) return false;
  }
  return true;
}
