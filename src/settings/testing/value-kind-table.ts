import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ValueKind } from "../value-kinds.ts";

/** Tests what a kind reads, text to value, and what it refuses, text to sentence. */
export function valueKindTable<T>(
  name: string,
  kind: ValueKind<T>,
  good: Record<string, unknown>,
  bad: Record<string, string>,
) {
  describe(name, () => {
    for (const [text, value] of Object.entries(good)) {
      it(`reads ${text}`, () => assert.deepEqual(kind.parse(text), value));
    }
    for (const [text, message] of Object.entries(bad)) {
      it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
        assert.throws(() => kind.parse(text), { name: "ValueError", message });
      });
    }
  });
}
