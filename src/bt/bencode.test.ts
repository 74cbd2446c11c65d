import assert from "node:assert/strict";
import { describe, it } from "node:test";
import library from "bencode";
import { type DecodeLimits, decode, decodePrefix, encode } from "./bencode.ts";

const limits: DecodeLimits = { bytes: 1000, depth: 4, values: 20, sorted: true };
const read = (text: string) => decode(Buffer.from(text, "latin1"), limits);

describe("bencode", () => {
  const refused: Record<string, [text: string, problem: string]> = {
    "that is empty": ["", "it is cut short"],
    "whose integer is cut": ["i12", "it is cut short"],
    "whose string is cut": ["5:abcd", "it is cut short"],
    "whose list is cut": ["li1e", "it is cut short"],
    "whose dictionary is cut": ["d1:a", "it is cut short"],
    "whose string length lies far beyond the end": ["l900000000000:", "it is cut short"],
    "with bytes behind its end": ["i1ei2e", "3 bytes follow the end"],
    "with a leading zero": ["i012e", "the number at byte 0 has a leading zero"],
    "with a leading zero in a length": ["03:abc", "the number at byte 0 has a leading zero"],
    "with minus zero": ["i-0e", "minus zero at byte 0"],
    "with an empty integer": ["ie", "not bencoding at byte 1"],
    "with a lone minus": ["i-e", "not bencoding at byte 2"],
    "with a plus sign": ["i+1e", "not bencoding at byte 1"],
    "with a fraction": ["i1.5e", "not bencoding at byte 2"],
    "with a negative length": ["l-3:e", "not bencoding at byte 1"],
    "with a huge integer": ["i9007199254740993e", "the number at byte 0 is too large"],
    "with an endless integer": [`i${"9".repeat(500)}e`, "the number at byte 0 is too large"],
    "with unsorted keys": ["d1:bi1e1:ai2ee", 'the key "a" is out of order'],
    "with a key twice": ["d1:ai1e1:ai2ee", 'the key "a" appears twice'],
    "with a number as key": ["di1ei2ee", "not bencoding at byte 1"],
    "that is nested too deep": ["lllllleeeeee", "it is nested deeper than 4"],
    "with too many values": [`l${"i0e".repeat(20)}e`, "it has more than 20 values"],
    "that is too long": [`2000:${"x".repeat(2000)}`, "it has 2005 bytes, and 1000 is the limit"],
    "that is something else": ["<html>", "not bencoding at byte 0"],
  };
  for (const [what, [text, message]] of Object.entries(refused)) {
    it(`refuses input ${what}`, () => {
      assert.throws(() => read(text), { name: "BtError", code: "BENCODE_INVALID", message });
    });
  }

  it("reads numbers, strings, lists and dictionaries", () => {
    assert.deepEqual(
      read("d1:ai-7e1:bl0:3:xyzed1:c".replace("d1:c", "1:cd0:i0eee")),
      new Map<string, unknown>([
        ["a", -7],
        ["b", [Buffer.from(""), Buffer.from("xyz")]],
        ["c", new Map([["", 0]])],
      ]),
    );
  });

  it("accepts what stands at each limit", () => {
    assert.doesNotThrow(() => read("lllleeee"));
    assert.doesNotThrow(() => read(`l${"i0e".repeat(19)}e`));
    assert.doesNotThrow(() => read(`996:${"x".repeat(996)}`));
    assert.equal(read("i9007199254740991e"), Number.MAX_SAFE_INTEGER);
  });

  it("survives 200,000 lists inside one another", () => {
    const deep = Buffer.from("l".repeat(200_000));
    assert.throws(() => decode(deep, { ...limits, bytes: 1e6, values: 1e6 }), /nested deeper/);
  });

  it("leaves the order of keys alone when told so, never duplicates", () => {
    const lax = { ...limits, sorted: false };
    assert.deepEqual(
      [...(decode(Buffer.from("d1:bi1e1:ai2ee"), lax) as Map<string, 1>).keys()],
      ["b", "a"],
    );
    assert.throws(() => decode(Buffer.from("d1:bi1e1:bi2ee"), lax), /appears twice/);
  });

  it("says where a value ends when more follows", () => {
    assert.equal(decodePrefix(Buffer.from("d1:ai1eepayload"), limits).end, 8);
  });

  it("writes what the bencode package writes", () => {
    const value = {
      b: [1, "two", { z: 0, a: "" }],
      a: Buffer.from([0xff, 0]),
      "piece length": 2 ** 40,
    };
    assert.deepEqual(Buffer.from(encode(value)), Buffer.from(library.encode(value)));
  });
});
