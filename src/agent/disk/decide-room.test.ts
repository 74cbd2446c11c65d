import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Descriptor, type Digest, digestOf } from "../../oci/index.ts";
import {
  type DiskWorld,
  decideRoom,
  type Shortage,
  type UnwantedImage,
  type WaitingImage,
} from "./decide-room.ts";
import { shortageText } from "./shortage-text.ts";

// Sizes are in units of a MiB, of a disk that has 1000 of them.
const MIB = 2 ** 20;

const layer = (name: string, size: number, form = "tar+gzip"): Descriptor => ({
  mediaType: `application/vnd.oci.image.layer.v1.${form}`,
  digest: digestOf(Buffer.from(name)),
  size: size * MIB,
});
const image = (
  name: string,
  layers: readonly Descriptor[],
  fields: Partial<WaitingImage> = {},
): WaitingImage => ({ name, layers, priority: 0, isToBeLoaded: false, ...fields });
const unwanted = (
  name: string,
  layers: readonly Descriptor[],
  lastUsedMs: number,
): UnwantedImage => ({ name, layers, lastUsedMs });

type Options = Partial<Omit<DiskWorld, "figures">> & {
  readonly free?: number;
  readonly stored?: readonly Descriptor[];
  readonly partial?: readonly (readonly [Descriptor, number])[];
  readonly max?: number;
};

/** 10 % stay free, and the store may have everything, unless told otherwise. */
function aDisk({
  free = 1000,
  stored = [],
  partial = [],
  max = 1000,
  ...rest
}: Options): DiskWorld {
  return {
    limits: { minFreePercent: 10, maxBytes: { unit: "bytes", bytes: max * MIB } },
    figures: {
      capacityBytes: 1000 * MIB,
      freeBytes: free * MIB,
      stored: new Map(stored.map(({ digest, size }) => [digest, size])),
      partial: new Map(partial.map(([{ digest }, size]) => [digest, size * MIB])),
    },
    underWay: [],
    waiting: [],
    unwanted: [],
    wanted: new Set<Digest>(),
    ...rest,
  };
}

const [base, app, huge] = [layer("base", 50), layer("app", 10), layer("huge", 2000)];
const half = layer("half", 450);
const quarter = layer("quarter", 250);

/** Who is let in, who waits for what, and who makes way. */
const outcome = (options: Options) => {
  const { admit, wait, evict } = decideRoom(aDisk(options));
  return { admit, wait: [...wait].map(([name, { where }]) => `${name}: ${where}`), evict };
};
const admitted = (...admit: readonly string[]) => ({ admit, wait: [], evict: [] });
const waits = (wait: string) => ({ admit: [], wait: [wait], evict: [] });

const TABLE: Readonly<Record<string, readonly [Options, ReturnType<typeof outcome>]>> = {
  "to an image for which there is just enough, and what stays free stays free": [
    { free: 550, waiting: [image("a", [half])] },
    admitted("a"),
  ],
  "not to one that would take a MiB of what stays free": [
    { free: 549, waiting: [image("a", [half])] },
    waits("a: disk"),
  ],
  "to an image for its runtime too, which has its copy and what it unpacks: 50 + 50 + 3 x 50": [
    { free: 350, waiting: [image("a", [base], { isToBeLoaded: true })] },
    admitted("a"),
  ],
  "not when the runtime's part is missing": [
    { free: 349, waiting: [image("a", [base], { isToBeLoaded: true })] },
    waits("a: disk"),
  ],
  "to a layer that is not compressed as it is": [
    { free: 250, waiting: [image("a", [layer("plain", 50, "tar")], { isToBeLoaded: true })] },
    admitted("a"),
  ],
  "for what is missing alone: not for layers that are here": [
    { free: 110, stored: [half], waiting: [image("a", [half, app])] },
    admitted("a"),
  ],
  "nor for what is here of a layer": [
    { free: 150, partial: [[half, 400]], waiting: [image("a", [half])] },
    admitted("a"),
  ],
  "to an image that is here, however full the disk": [
    { free: 0, stored: [base], waiting: [image("a", [base], { isToBeLoaded: true })] },
    admitted("a"),
  ],
  "not what images under way will take": [
    {
      free: 700,
      underWay: [{ name: "b", layers: [quarter], runtimeBytes: 0 }],
      waiting: [image("a", [half])],
    },
    waits("a: disk"),
  ],
  "not what their runtime will take, though they are stored": [
    {
      free: 700,
      stored: [quarter],
      underWay: [{ name: "b", layers: [quarter], runtimeBytes: 151 * MIB }],
      waiting: [image("a", [half])],
    },
    waits("a: disk"),
  ],
  "once for a layer that two images share": [
    {
      free: 560,
      underWay: [{ name: "b", layers: [half], runtimeBytes: 0 }],
      waiting: [image("a", [half, app])],
    },
    admitted("a"),
  ],
  "to the image with the higher priority first": [
    { free: 600, waiting: [image("low", [half]), image("high", [quarter], { priority: 1 })] },
    { admit: ["high"], wait: ["low: disk"], evict: [] },
  ],
  "to whoever asked first, where priorities are the same": [
    { free: 600, waiting: [image("first", [half]), image("second", [quarter])] },
    { admit: ["first"], wait: ["second: disk"], evict: [] },
  ],
  "to a small image though one of higher priority does not fit": [
    { waiting: [image("big", [huge], { priority: 9 }), image("small", [app])] },
    { admit: ["small"], wait: ["big: disk"], evict: [] },
  ],
  "not beyond what the store may have": [
    { stored: [base], max: 59, waiting: [image("a", [app])] },
    waits("a: store"),
  ],
  "up to what the store may have, of which the runtime's part is none": [
    { stored: [base], max: 60, waiting: [image("a", [app], { isToBeLoaded: true })] },
    admitted("a"),
  ],
  "not to an image that alone is too large for the store, and nobody makes way for it": [
    {
      max: 440,
      stored: [base],
      unwanted: [unwanted("old", [base], 1)],
      waiting: [image("a", [half])],
    },
    waits("a: store"),
  ],
  "once unwanted images have made way: those first that were used longest ago, and no more than needed":
    [
      {
        free: 400,
        stored: [base, app, quarter],
        unwanted: [
          unwanted("newer", [app], 2),
          unwanted("oldest", [quarter], 1),
          unwanted("newest", [base], 3),
        ],
        waiting: [image("a", [half])],
      },
      { admit: [], wait: ["a: disk"], evict: ["oldest"] },
    ],
  "not by removing what would not be enough": [
    {
      free: 400,
      stored: [base],
      unwanted: [unwanted("old", [base], 1)],
      waiting: [image("a", [half])],
    },
    waits("a: disk"),
  ],
  "not by counting layers of unwanted images that others want": [
    {
      free: 400,
      stored: [quarter],
      wanted: new Set([quarter.digest]),
      unwanted: [unwanted("old", [quarter], 1)],
      waiting: [image("a", [half])],
    },
    waits("a: disk"),
  ],
  "by removing two that share the layer which only both free": [
    {
      free: 400,
      stored: [quarter],
      unwanted: [unwanted("one", [quarter], 1), unwanted("two", [quarter], 2)],
      waiting: [image("a", [half])],
    },
    { admit: [], wait: ["a: disk"], evict: ["one", "two"] },
  ],
  "not to lower priorities, of what is to become free for a higher one": [
    {
      free: 400,
      stored: [quarter],
      unwanted: [unwanted("old", [quarter], 1)],
      waiting: [image("low", [layer("other", 290)]), image("high", [half], { priority: 1 })],
    },
    { admit: [], wait: ["high: disk", "low: disk"], evict: ["old"] },
  ],
  "back when the store has become too large, the oldest first": [
    {
      max: 299,
      stored: [quarter, base, app],
      unwanted: [unwanted("newer", [quarter], 2), unwanted("older", [app], 1)],
    },
    { admit: [], wait: [], evict: ["older", "newer"] },
  ],
  "back when others have filled the disk": [
    {
      free: 95,
      stored: [app, base],
      unwanted: [unwanted("a", [app], 1), unwanted("b", [base], 2)],
    },
    { admit: [], wait: [], evict: ["a"] },
  ],
  "back from nobody while all is within its limits": [
    { free: 100, stored: [app], max: 10, unwanted: [unwanted("a", [app], 1)] },
    { admit: [], wait: [], evict: [] },
  ],
};

describe("room on a node's disk is given", () => {
  for (const [what, [options, expected]] of Object.entries(TABLE)) {
    it(what, () => assert.deepEqual(outcome(options), expected));
  }

  it("by the share of the file system, where the store's limit is one", () => {
    const limits = { minFreePercent: 0, maxBytes: { unit: "percent", percent: 15 } } as const;
    const waiting = (size: number) => [image("a", [layer("a", size)])];
    assert.deepEqual(outcome({ limits, waiting: waiting(150) }), admitted("a"));
    assert.deepEqual(outcome({ limits, waiting: waiting(151) }), waits("a: store"));
  });
});

describe("what is told of an image that waits for room", () => {
  const told = (options: Options): string => {
    const [shortage] = decideRoom(aDisk(options)).wait.values();
    return shortageText(shortage as Shortage);
  };

  it("has the figures of the disk, and the way out", () => {
    const underWay = [{ name: "b", layers: [base], runtimeBytes: 0 }];
    assert.equal(
      told({ free: 300, underWay, waiting: [image("a", [half], { isToBeLoaded: true })] }),
      "the image needs 2.2GiB, 1.8GiB of it for the container runtime; 300MiB are free, of which 100MiB stay free, " +
        "and 50MiB are promised to others. Make room on the disk, or lower store.minFreePercent",
    );
  });

  it("has those of the store, where that may not become so large", () => {
    assert.equal(
      told({ stored: [base], max: 59, waiting: [image("a", [app])] }),
      "the store has 50MiB of at most 59MiB: this image needs 10MiB there. " +
        "Raise store.maxBytes (--store-max-bytes), or have the node hold less",
    );
  });

  it("is short enough for a status, whatever the figures", () => {
    const bytes = 1023 * 2 ** 50;
    const needed = { storeBytes: bytes, runtimeBytes: bytes };
    const figures = { reservedBytes: bytes, freeBytes: bytes, keptFreeBytes: bytes };
    for (const where of ["disk", "store"] as const) {
      const text = shortageText({ where, needed, ...figures, usedBytes: bytes, maxBytes: bytes });
      assert.ok(text.length <= 256, `${text.length}`);
    }
  });
});
