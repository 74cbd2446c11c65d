import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../testing/property-runs.ts";
import { parseWatchLine } from "./watch-event.ts";

const object = { metadata: { name: "a", uid: "u", resourceVersion: "7" }, data: { b: "c" } };
const line = (type: string, of: unknown) => JSON.stringify({ type, object: of });

describe("a line of a watch", () => {
  it("tells of an object that came, changed or went", () => {
    assert.deepEqual(parseWatchLine(line("ADDED", object)), { type: "put", object });
    assert.deepEqual(parseWatchLine(line("MODIFIED", object)), { type: "put", object });
    assert.deepEqual(parseWatchLine(line("DELETED", object)), { type: "delete", object });
  });

  it("leaves out who owns which field", () => {
    const metadata = { ...object.metadata, managedFields: [{ manager: "someone" }] };
    const event = parseWatchLine(line("ADDED", { ...object, metadata }));
    assert.deepEqual(event, { type: "put", object });
  });

  it("tells a bookmark, and the one that ends what there is", () => {
    const metadata = { resourceVersion: "9" };
    const annotations = { "k8s.io/initial-events-end": "true" };
    const [plain, last] = [{ metadata }, { metadata: { ...metadata, annotations } }];
    const bookmark = { type: "bookmark", resourceVersion: "9" };
    assert.deepEqual(parseWatchLine(line("BOOKMARK", plain)), { ...bookmark, endsInitial: false });
    assert.deepEqual(parseWatchLine(line("BOOKMARK", last)), { ...bookmark, endsInitial: true });
  });

  it("tells an error with its code, and how long to wait", () => {
    const status = {
      code: 429,
      reason: "TooMany",
      message: "m",
      details: { retryAfterSeconds: 2 },
    };
    assert.deepEqual(parseWatchLine(line("ERROR", status)), {
      type: "error",
      status: { code: 429, reason: "TooMany", message: "m", retryAfterMs: 2_000 },
    });
    const unsaid = { type: "error", status: { code: 500, reason: "", message: "" } };
    assert.deepEqual(parseWatchLine(line("ERROR", "what?")), unsaid);
  });

  const garbage = {
    "that is cut": '{"type":"ADDED","obj',
    "of another type": line("ADDEDD", object),
    "whose object has no name": line("ADDED", { metadata: { uid: "u", resourceVersion: "1" } }),
    "whose object is a list": line("MODIFIED", []),
    "whose namespace is a number": line("ADDED", {
      metadata: { ...object.metadata, namespace: 4 },
    }),
    "that is a bookmark without a version": line("BOOKMARK", { metadata: {} }),
    "that is null": "null",
  };
  for (const [why, text] of Object.entries(garbage)) {
    it(`is garbage when it is one ${why}`, () => {
      assert.deepEqual(parseWatchLine(text), { type: "garbage" });
    });
  }

  it("never makes the reader fail, whatever it is", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((of) => line("ADDED", of)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        assert.ok(parseWatchLine(text).type.length > 0);
      }),
      { numRuns: propertyRuns },
    );
  });
});
