import type { Descriptor, Digest } from "../../oci/index.ts";
import type { Clock, Component, Log } from "../../runtime/index.ts";
import type { Admission } from "../image-transfer.ts";
import { type DiskFigures, type DiskImage, decideRoom, type UnwantedImage } from "./decide-room.ts";
import { roomNeeded } from "./room-needed.ts";
import { shortageText } from "./shortage-text.ts";
import type { StoreLimits } from "./store-limits.ts";

/** What is wanted of the node, as far as disks go. Images have the names by which the daemon knows them. */
export type NodeWants = {
  /** Undefined for an image that no assignment wants. */
  wantOf(name: string): { readonly priority: number; readonly isToBeLoaded: boolean } | undefined;
  /** Whether an image is on its way into the store or the container runtime. */
  isBusy(name: string): boolean;
  /** Of all images that assignments want. */
  wantedLayers(): ReadonlySet<Digest>;
  unwanted(): readonly UnwantedImage[];
  evict(name: string): Promise<void>;
};

export type DiskKeeperDeps = {
  readonly limits: StoreLimits;
  figures(): Promise<DiskFigures>;
  readonly clock: Clock;
  readonly log: Log;
};

/** Lets images in where there is room for them, and has unwanted ones go where there is not. */
export type DiskKeeper = Component & {
  readonly admit: Admission;
  /** Whose wants count, from now on. */
  follow(wants: NodeWants): void;
};

type Request = DiskImage & {
  readonly onWait: (message: string) => void;
  readonly admitted: PromiseWithResolvers<void>;
};
/** `isMoving` until its transfer has ended; then its runtime may still have to write. */
type Admitted = DiskImage & { readonly runtimeBytes: number; isMoving: boolean };

const LOOK_EVERY_MS = 2_000;

export function createDiskKeeper({ limits, figures, clock, log }: DiskKeeperDeps): DiskKeeper {
  const waiting = new Set<Request>();
  const admitted = new Set<Admitted>();
  let wants: NodeWants = NOTHING_WANTED;
  let deciding: Promise<unknown> = Promise.resolve();

  const isToBeLoaded = (name: string) => wants.wantOf(name)?.isToBeLoaded ?? false;

  function letIn(request: Request, now: DiskFigures): void {
    const { name, layers } = request;
    const { runtimeBytes } = roomNeeded(layers, isToBeLoaded(name), now);
    waiting.delete(request);
    const image = { name, layers, runtimeBytes, isMoving: true };
    admitted.add(image);
    request.admitted.resolve();
  }

  async function decideOnce(): Promise<readonly string[]> {
    for (const image of admitted) {
      if (!image.isMoving && !wants.isBusy(image.name)) admitted.delete(image);
    }
    const now = await figures();
    // What nobody wants any more is not begun.
    const requests = [...waiting].filter(({ name }) => wants.wantOf(name) !== undefined);
    const { admit, wait, evict } = decideRoom({
      limits,
      figures: now,
      underWay: [...admitted],
      waiting: requests.map(({ name, layers }) => ({
        ...{ name, layers, isToBeLoaded: isToBeLoaded(name) },
        priority: wants.wantOf(name)?.priority ?? 0,
      })),
      unwanted: wants.unwanted(),
      wanted: wants.wantedLayers(),
    });
    for (const request of requests) {
      const shortage = wait.get(request.name);
      if (shortage !== undefined) request.onWait(shortageText(shortage));
      else if (admit.includes(request.name) && waiting.has(request)) letIn(request, now);
    }
    return evict;
  }

  /** Looks again at once when somebody has made way; each goes once. */
  async function decide(): Promise<void> {
    const gone = new Set<string>();
    while (true) {
      const evict = (await decideOnce()).filter((name) => !gone.has(name));
      if (evict.length === 0) return;
      for (const name of evict) {
        gone.add(name);
        log.info("image makes way for others, nobody wants it any more", { image: name });
        await wants.evict(name);
      }
    }
  }

  /** One at a time: what one lets in, the next counts as under way. */
  function inTurn(): Promise<void> {
    const next = deciding.then(decide);
    deciding = next.catch(() => {});
    return next;
  }

  return {
    name: "disk",
    follow: (next) => {
      wants = next;
    },
    async admit(name: string, layers: readonly Descriptor[], onWait, signal) {
      const request = { name, layers, onWait, admitted: Promise.withResolvers<void>() };
      const leave = () => request.admitted.reject(signal.reason);
      signal.throwIfAborted();
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(request);
      try {
        // Not awaited: whoever is asked to make way meanwhile may be the one that waits here.
        inTurn().catch(request.admitted.reject);
        await request.admitted.promise;
      } finally {
        signal.removeEventListener("abort", leave);
        waiting.delete(request);
      }
      return () => {
        for (const image of admitted) {
          if (image.name === name && image.isMoving) image.isMoving = false;
        }
      };
    },
    async run(signal) {
      while (true) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        if (waiting.size === 0 && wants.unwanted().length === 0) continue;
        await inTurn().catch((error: unknown) => {
          log.warn("disk not looked at", { error: String(error) });
        });
      }
    },
  };
}

const NOTHING_WANTED: NodeWants = {
  wantOf: () => undefined,
  isBusy: () => false,
  wantedLayers: () => new Set(),
  unwanted: () => [],
  async evict() {},
};
