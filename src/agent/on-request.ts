import { formatReference, type Reference } from "../oci/index.ts";
import { AgentError } from "./errors.ts";
import type { Wanted } from "./image-plan.ts";
import type { Images } from "./images.ts";

/** Fetches images because a leecher asks for them. */
export interface OnRequest {
  /**
   * Starts an image that nobody has started here, unless it is under way. What was stopped here stays so, and what is
   * here stays as it was started. Resolves when the image is complete.
   * @throws AgentError IMAGE_UNKNOWN with the reason when it cannot be had, TOO_MANY.
   */
  bring(reference: Reference, wanted: Wanted): Promise<void>;
}

/** Images under way because somebody asked; whoever wants more than these starts them here. */
const MOST_UNDER_WAY = 8;

export function createOnRequest(
  images: Pick<Images, "start" | "view" | "remove">,
  most = MOST_UNDER_WAY,
): OnRequest {
  const underWay = new Map<string, Promise<void>>();
  const never = new AbortController().signal;

  async function fetch(reference: Reference, wanted: Wanted): Promise<void> {
    try {
      const events = await images.start({ reference, wanted, waitMs: 0 });
      for await (const _ of events.follow(never));
    } catch (cause) {
      const view = images.view(reference);
      // A name that means nothing must leave nothing behind, however many of them are asked for.
      if (view?.state.state === "failed" && view.record.top === undefined)
        await images.remove(reference);
      throw new AgentError(
        "IMAGE_UNKNOWN",
        `${formatReference(reference)} cannot be fetched here: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  return {
    async bring(reference, wanted) {
      const name = formatReference(reference);
      const known = underWay.get(name);
      if (known !== undefined) return await known;
      const state = images.view(reference)?.state.state;
      if (state !== undefined && state !== "failed") return;
      if (underWay.size >= most) {
        throw new AgentError(
          "TOO_MANY",
          `${name} is not fetched now: ${most} images are on their way here on request: ask again later`,
        );
      }
      const fetching = fetch(reference, wanted).finally(() => underWay.delete(name));
      underWay.set(name, fetching);
      await fetching;
    },
  };
}
