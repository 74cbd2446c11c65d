import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReference } from "../oci/index.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import type { ImageState } from "./image-state.ts";
import { createOnRequest } from "./on-request.ts";

const one = parseReference("registry.example/app:1");
const two = parseReference("registry.example/app:2");
const everyPlatform = { kind: "all" } as const;

type ImagesAsked = Parameters<typeof createOnRequest>[0];
type View = NonNullable<ReturnType<ImagesAsked["view"]>>;

/** Images whose transfers the test ends. */
function someImages(before: Readonly<Record<string, ImageState>> = {}) {
  const states = new Map(Object.entries(before));
  const runs: EventLog[] = [];
  const removed: string[] = [];
  const nameOf = ({ tag }: { readonly tag?: string }) => String(tag);
  const images: ImagesAsked = {
    async start({ reference }) {
      const events = createEventLog();
      runs.push(events);
      states.set(nameOf(reference), { state: "resolving" });
      return events;
    },
    view(reference) {
      const state = states.get(nameOf(reference));
      const record = {
        reference,
        wanted: everyPlatform,
        desired: "started",
        trackers: [],
      } as const;
      return state && ({ state, record } as unknown as View);
    },
    async remove(reference) {
      removed.push(nameOf(reference));
      states.delete(nameOf(reference));
      return 0;
    },
  };
  const fail = (tag: string, run: number) => {
    const message = "no such tag";
    states.set(tag, { state: "failed", reason: "NotFound", message });
    runs[run]?.end(new Error(message));
  };
  return { images, runs, removed, fail };
}

describe("fetching on request", () => {
  it("starts what nobody has started, once for all who ask", async () => {
    const { images, runs } = someImages();
    const onRequest = createOnRequest(images);
    const asked = [onRequest.bring(one, everyPlatform), onRequest.bring(one, everyPlatform)];
    assert.equal(runs.length, 1);
    runs[0]?.end();
    await Promise.all(asked);
  });

  it("leaves alone what is here, and what was stopped here", async () => {
    const { images, runs } = someImages({ 1: { state: "stopped" }, 2: { state: "seeding" } });
    const onRequest = createOnRequest(images);
    await onRequest.bring(one, everyPlatform);
    await onRequest.bring(two, everyPlatform);
    assert.equal(runs.length, 0);
  });

  it("leaves nothing behind of a name that means nothing, and tries again when asked again", async () => {
    const { images, runs, removed, fail } = someImages();
    const onRequest = createOnRequest(images);
    const asked = onRequest.bring(one, everyPlatform);
    fail("1", 0);
    await assert.rejects(asked, { code: "IMAGE_UNKNOWN", message: /no such tag$/ });
    assert.deepEqual(removed, ["1"]);
    void onRequest.bring(one, everyPlatform);
    assert.equal(runs.length, 2);
  });

  it("has no more under way than it may", async () => {
    const { images, runs } = someImages();
    const onRequest = createOnRequest(images, 1);
    const first = onRequest.bring(one, everyPlatform);
    await assert.rejects(onRequest.bring(two, everyPlatform), { code: "TOO_MANY" });
    runs[0]?.end();
    await first;
    const second = onRequest.bring(two, everyPlatform);
    runs[1]?.end();
    await second;
  });
});
