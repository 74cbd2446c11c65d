import type { Assign, Digest } from "../../api/index.ts";
import type { ImageOrder } from "../../bt/index.ts";
import { type Descriptor, hexOf } from "../../oci/index.ts";
import { type Clock, createThrottle, type Throttle } from "../../runtime/index.ts";

type Ordered = Pick<Assign, "key" | "blobs" | "priority" | "rates">;

/** What comes before what on this node, and how fast each image may be: under the node's own rates, of which it gets no more than its own. */
export type ImageOrders = {
  /** As the assignments say now; it holds at once, also for what is under way. */
  set(assigns: Iterable<Ordered>): void;
  /** Of the layers that wait for their turn, the place of the one to go first: of the highest priority, the first. */
  first(waiting: readonly Pick<Descriptor, "digest">[]): number;
  /** Holds what a layer takes from a registry to the rate of its image, and to the node's. */
  throttleOf(digest: Digest): Pick<Throttle, "take">;
};

export type ImageOrdersDeps = {
  setImages(images: readonly ImageOrder[]): void;
  /** The node's own. */
  readonly throttle: Pick<Throttle, "take">;
  readonly clock: Clock;
};

export function createImageOrders({ setImages, throttle, clock }: ImageOrdersDeps): ImageOrders {
  let images: readonly Ordered[] = [];
  const throttles = new Map<string, Throttle>();

  const wanting = (digest: Digest) =>
    images.filter(({ blobs }) => blobs.some((blob) => blob.digest === digest));

  /** Of several images that want the layer, the fastest counts; undefined when one has no limit. */
  function imageThrottle(digest: Digest): Throttle | undefined {
    const [fastest] = wanting(digest).toSorted((a, b) => speed(b) - speed(a));
    return fastest && throttles.get(fastest.key);
  }

  return {
    set(assigns) {
      images = [...assigns].toSorted((a, b) => b.priority - a.priority);
      setImages(images.map(orderOf));
      const limited = images.filter(({ rates }) => rates.download > 0);
      for (const { key, rates } of limited) {
        const known = throttles.get(key);
        if (known === undefined) throttles.set(key, createThrottle(rates.download, clock));
        else known.setRate(rates.download);
      }
      for (const [key, known] of throttles) {
        if (limited.some((image) => image.key === key)) continue;
        // Who waits for it still goes on.
        known.setRate(0);
        throttles.delete(key);
      }
    },
    first(waiting) {
      let [best, highest] = [0, Number.NEGATIVE_INFINITY];
      for (const [index, { digest }] of waiting.entries()) {
        const priority = wanting(digest)[0]?.priority ?? 0;
        if (priority > highest) [best, highest] = [index, priority];
      }
      return best;
    },
    throttleOf: (digest) => ({
      async take(bytes, signal) {
        await imageThrottle(digest)?.take(bytes, signal);
        await throttle.take(bytes, signal);
      },
    }),
  };
}

const speed = ({ rates }: Ordered): number =>
  rates.download === 0 ? Number.POSITIVE_INFINITY : rates.download;

const orderOf = ({ key, blobs, priority, rates }: Ordered): ImageOrder => ({
  image: key,
  blobs: blobs
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ digest, size }) => ({ name: hexOf(digest), size })),
  priority,
  rates,
});
