import { formatReference } from "../oci/index.ts";
import type { Clock, Log } from "../runtime/index.ts";
import { type ImageView, isUnderWay } from "./image-state.ts";
import type { Images } from "./images.ts";
import { retryDelayMs } from "./retry-delay.ts";

export type TryAgainDeps = {
  readonly images: Pick<Images, "views" | "resume">;
  readonly clock: Clock;
  readonly log: Log;
};

/** `running` has been begun again: should it fail once more, that is another failure. */
type Retry = { readonly failures: number; readonly at: number | "running" };

const LOOK_MS = 2_000;

/**
 * Goes on with images that failed because their registry was away: 30 s later, and after each further failure in a row twice as
 * long, up to 10 minutes. A daemon that was restarted during an outage has nobody else who would. Ends with the signal.
 */
export async function tryAgainUntilAborted(deps: TryAgainDeps, signal: AbortSignal): Promise<void> {
  const retries = new Map<string, Retry>();
  while (!signal.aborted) {
    lookAgain(deps, retries);
    await deps.clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}

function lookAgain({ images, clock, log }: TryAgainDeps, retries: Map<string, Retry>): void {
  const views = new Map(
    images.views().map((view) => [formatReference(view.record.reference), view]),
  );
  for (const name of retries.keys()) if (!views.has(name)) retries.delete(name);
  for (const [name, view] of views) {
    const known = retries.get(name);
    if (!isRegistryAway(view)) {
      if (known !== undefined && !isUnderWay(view.state)) retries.delete(name);
    } else if (known === undefined || known.at === "running") {
      const failures = (known?.failures ?? 0) + 1;
      retries.set(name, { failures, at: clock.now() + retryDelayMs(failures) });
    } else if (known.at <= clock.now()) {
      retries.set(name, { ...known, at: "running" });
      log.info("asking the registry again", { image: name, failures: known.failures });
      images.resume(view.record.reference);
    }
  }
}

const isRegistryAway = ({ state }: ImageView): boolean =>
  state.state === "failed" && state.reason === "RegistryUnavailable";
