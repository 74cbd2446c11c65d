import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type JsonObject, own, parseJson } from "./json.ts";
import { propertyRuns } from "./testing/reference-arbitrary.ts";

const invalid = (why: string, cause?: unknown) => new Error(why, { cause });
const read = (text: string | Uint8Array) => parseJson(Buffer.from(text), invalid);
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("parseJson", () => {
  it("reads what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        assert.deepEqual(read(JSON.stringify(value)), JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: propertyRuns },
    );
  });

  const good = {
    "a document 32 levels deep": nested(32),
    "the same key in two objects": '[{"a":1},{"a":2},{"b":{"a":3},"a":4}]',
    "brackets, colons and quotes in strings": '{"a:b":"{[\\":\\\\","c":":"}',
    "a value that repeats a key": '{"a":"a","b":"a"}',
  };
  for (const [what, text] of Object.entries(good)) {
    it(`reads ${what}`, () => assert.deepEqual(read(text), JSON.parse(text)));
  }

  const bad: Readonly<Record<string, readonly [string | Uint8Array, string]>> = {
    "an empty document": ["", "it is not JSON"],
    "no JSON": ["<html>", "it is not JSON"],
    "a cut document": ['{"a":', "it is not JSON"],
    "a cut string": ['{"a', "it is not JSON"],
    "a bad escape in a key": ['{"\\x":1}', "it is not JSON"],
    "trailing bytes": ["{} {}", "it is not JSON"],
    "closing brackets alone": ["]]}}:", "it is not JSON"],
    "a byte order mark": ["\ufeff{}", "it is not JSON"],
    "Latin-1": [Uint8Array.of(0x22, 0xe9, 0x22), "it is not UTF-8"],
    "33 levels": [nested(33), "it is nested deeper than 32 levels"],
    "10,000 levels": [nested(10_000), "it is nested deeper than 32 levels"],
    "4 MiB of open brackets": ["[".repeat(4_194_304), "it is nested deeper than 32 levels"],
    "more than 4 MiB": [" ".repeat(4_194_305), "it has 4194305 bytes, more than 4194304"],
    "a repeated key": ['{"a":1,"b":[],"a":2}', 'the key "a" stands twice in an object'],
    "a repeated key after a child": [
      '{"a":{"b":{}} , "a" : 2}',
      'the key "a" stands twice in an object',
    ],
    "a key repeated in escapes": ['{"a":1,"\\u0061":2}', 'the key "a" stands twice in an object'],
    "a repeated __proto__": [
      '{"__proto__":1,"__proto__":2}',
      'the key "__proto__" stands twice in an object',
    ],
  };
  for (const [what, [text, message]] of Object.entries(bad)) {
    it(`refuses ${what}`, () => assert.throws(() => read(text), { message }));
  }

  it("reads exactly 4 MiB, and soon", () => {
    const filler = `[${'{"a":"b","c":[1]},'.repeat(232_000)}0]`;
    const text = filler.padEnd(4_194_304, " ");
    const began = performance.now();
    assert.ok(Array.isArray(read(text)));
    assert.ok(performance.now() - began < 5_000);
  });

  it("keeps __proto__ and constructor as plain data", () => {
    const value = read('{"__proto__":{"size":1},"constructor":{"prototype":{"size":1}}}');
    assert.equal(own(value as JsonObject, "size"), undefined);
    assert.equal(own(value as JsonObject, "toString"), undefined);
    assert.deepEqual(own(value as JsonObject, "__proto__"), { size: 1 });
    assert.equal(({} as JsonObject)["size"], undefined);
  });
});
