import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { retryDelayMs } from "../retry-delay.ts";
import { nodeRates } from "./node-rates.ts";

const image = (upload: number, download: number) => ({ rates: { upload, download } });

describe("a node's rates", () => {
  const none = { upload: 0, download: 0 };
  const cases: Record<string, readonly [ReturnType<typeof image>[], typeof none, typeof none]> = {
    "the agent's own without images": [[], { upload: 5, download: 6 }, { upload: 5, download: 6 }],
    "none without any": [[image(0, 0)], none, none],
    "the sum of the images'": [[image(1, 2), image(3, 4)], none, { upload: 4, download: 6 }],
    "none of the images' when one has none": [
      [image(1, 0), image(3, 4)],
      none,
      { upload: 4, download: 0 },
    ],
    "never above the agent's own": [
      [image(9, 1)],
      { upload: 5, download: 5 },
      { upload: 5, download: 1 },
    ],
  };
  for (const [what, [images, own, rates]] of Object.entries(cases)) {
    it(`are ${what}`, () => assert.deepEqual(nodeRates(images, own), rates));
  }
});

describe("another try", () => {
  it("comes after 30 s, twice that, and so on up to 10 minutes", () => {
    assert.deepEqual(
      [1, 2, 5, 6, 1_000].map(retryDelayMs),
      [30_000, 60_000, 480_000, 600_000, 600_000],
    );
  });
});
