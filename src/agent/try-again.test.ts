import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { formatReference, parseReference, type Reference } from "../oci/index.ts";
import { silentLog } from "../runtime/index.ts";
import { createFakeClock } from "../runtime/testing/index.ts";
import { type ImageState, type ImageView, noTotals } from "./image-state.ts";
import { tryAgainUntilAborted } from "./try-again.ts";

const reference = parseReference("registry.example/app:1");
const away: ImageState = { state: "failed", reason: "RegistryUnavailable", message: "it is away" };
const MINUTE_MS = 60_000;
const HALF_MINUTE_MS = 30_000;

describe("trying again", () => {
  const clock = createFakeClock();
  const stop = new AbortController();
  const resumed: number[] = [];
  let views: readonly ImageView[] = [];
  let running: Promise<void>;

  const become = (state: ImageState) => {
    const record = {
      reference,
      desired: "started",
      wanted: { kind: "all" },
      trackers: [],
    } as const;
    views = [{ record, state, stored: new Set(), totals: noTotals }];
  };
  /** When the image was begun again within so many minutes from now: in seconds, down to the half minute, since it is looked at every other second. */
  const afterSeconds = async (minutes: number) => {
    const begun = clock.now();
    resumed.length = 0;
    await clock.advance(minutes * MINUTE_MS);
    return resumed.map((at) => Math.floor((at - begun) / HALF_MINUTE_MS) * 30);
  };
  const images = {
    views: () => views,
    resume(which: Reference) {
      assert.equal(formatReference(which), formatReference(reference));
      resumed.push(clock.now());
    },
  };

  beforeEach(() => {
    running = tryAgainUntilAborted({ images, clock, log: silentLog }, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  it("begins an image again, later and later, while its registry is away", async () => {
    become(away);
    assert.deepEqual(await afterSeconds(8), [30, 90, 210, 450]);
    assert.equal((await afterSeconds(60)).length, 6);
    become({ state: "seeding" });
    assert.deepEqual(await afterSeconds(20), []);
    become(away);
    assert.deepEqual(await afterSeconds(1), [30], "a new outage begins anew");
    become({ state: "failed", reason: "NotFound", message: "there is none" });
    assert.deepEqual(await afterSeconds(20), [], "what time does not heal");
  });
});
