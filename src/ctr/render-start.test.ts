import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { advance, beginView, type StartView } from "./render-start.ts";
import { aDigest, aHex, anEvent, seederEvents } from "./testing/events.ts";

const after = (events: readonly Parameters<typeof advance>[1][], shown = "docker://busybox") => {
  let view = beginView(shown);
  const lines: string[] = [];
  for (const event of events) {
    const next = advance(view, event);
    view = next.view;
    lines.push(...next.lines);
  }
  return { view, lines };
};
const blobOf = (view: StartView) => view.blobs.get(aHex("a"));
const layer = { digest: aDigest("a"), totalBytes: 1_000 };

describe("advance", () => {
  it("keeps a value of each event", () => {
    const { view } = after(seederEvents);
    assert.equal(view.done, true);
    assert.equal(view.digest, aDigest("f"));
    assert.equal(view.totals?.registryBytes, 4_800_000);
    assert.deepEqual(blobOf(view), {
      hex: aHex("a"),
      phase: "done",
      completedBytes: 4_800_000,
      totalBytes: 4_800_000,
      bytesPerSecond: 0,
    });
  });

  it("does not change the view it was given", () => {
    const before = beginView("x");
    advance(before, anEvent("STEP_COPY_BLOB", layer));
    assert.deepEqual(before, beginView("x"));
  });

  it("has other words for a layer that is here already where it comes from a registry", () => {
    const { lines } = after([anEvent("STEP_INSPECT"), anEvent("STEP_LOCAL_BLOB", layer)]);
    assert.equal(lines[1], `Copying blob sha256:${aHex("a")} skipped: already exists`);
  });

  it("keeps such a layer apart from one that was fetched", () => {
    const { view } = after([anEvent("STEP_LOCAL_BLOB", layer), anEvent("STEP_BLOB_DONE", layer)]);
    assert.equal(blobOf(view)?.phase, "local");
  });

  it("learns of a layer from any event, as one that joins a transfer does", () => {
    const about = { ...layer, completedBytes: 400, source: "SOURCE_PEER" } as const;
    const { view, lines } = after([anEvent("STEP_PROGRESS", about)]);
    assert.equal(blobOf(view)?.phase, "downloading");
    assert.deepEqual(lines, []);
  });

  it("goes back when bytes are given up, and not when an event says nothing of bytes", () => {
    const up = anEvent("STEP_PROGRESS", { ...layer, completedBytes: 400 });
    const silent = anEvent("STEP_START_TORRENT", { digest: aDigest("a") });
    const { view } = after([up, silent]);
    assert.equal(blobOf(view)?.completedBytes, 400);
    assert.equal(blobOf(view)?.totalBytes, 1_000);
    const lost = advance(view, anEvent("STEP_PROGRESS", { ...layer, completedBytes: 0 }));
    assert.equal(blobOf(lost.view)?.completedBytes, 0);
  });

  it("prints the text of a wait, and nothing for one without", () => {
    assert.deepEqual(
      after([anEvent("STEP_WAIT", { text: "waiting" }), anEvent("STEP_WAIT")]).lines,
      ["waiting"],
    );
  });

  it("passes over steps of a newer daemon", () => {
    assert.deepEqual(after([anEvent("STEP_UNSPECIFIED")]).lines, []);
  });
});
