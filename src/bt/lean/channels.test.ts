import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channels } from "./channels.ts";
import type { BlobKey } from "./core/messages.ts";
import { MAX_CHANNELS } from "./protocol.ts";

const shape = { size: 1_000, pieceLength: 256 };
const key = (name: string | number) => `blob ${name}` as BlobKey;
const range = { piece: 1, offset: 0, bytes: 100 };

describe("the channels of a link", () => {
  it("have one number a blob, of which the peer is told once, and no more than there may be", () => {
    const channels = new Channels((name) => (name === key("gone") ? undefined : shape));
    assert.deepEqual(channels.ours(key(1)), { channel: 1, opens: shape });
    assert.deepEqual(channels.ours(key(1)), { channel: 1 });
    assert.equal(channels.ours(key("gone")), undefined);
    for (let more = 2; more <= MAX_CHANNELS; more += 1) assert.ok(channels.ours(key(more)));
    assert.equal(channels.ours(key("one too many")), undefined);
    channels.retire(key(1));
    assert.equal(channels.carries(key(1)), false);
    assert.equal(channels.ours(key("another"))?.channel, MAX_CHANNELS + 1);
  });

  it("are opened by the peer with the shape that the blob has, each number once until it is closed", () => {
    const channels = new Channels(() => shape);
    channels.opened(7, key("a"), shape);
    assert.equal(channels.theirs(7)?.key, key("a"));
    const refused: Record<string, () => void> = {
      "a number that is taken": () => channels.opened(7, key("b"), shape),
      "number 0": () => channels.opened(0, key("b"), shape),
      "another shape": () => channels.opened(8, key("b"), { ...shape, size: 999 }),
      "one that was never opened": () => channels.closed(9),
    };
    for (const [what, act] of Object.entries(refused)) {
      assert.throws(act, { name: "ProtocolError" }, what);
    }
    assert.deepEqual(channels.closed(7), { key: key("a"), shape, retired: false });
    channels.opened(7, key("b"), shape);
    channels.retire(key("b"));
    assert.equal(channels.closed(7).retired, true);
  });

  it("know what was asked for, once for each time", () => {
    const channels = new Channels(() => shape);
    channels.ours(key("a"));
    channels.asked(key("a"), range);
    channels.asked(key("a"), range);
    const answers = [1, 2, 3].map(() => channels.answered(key("a"), range));
    assert.deepEqual(answers, [true, true, false]);
    assert.equal(channels.answered(key("a"), { ...range, bytes: 99 }), false);
    channels.asked(key("a"), range);
    channels.forgetAsks(key("a"));
    assert.equal(channels.answered(key("a"), range), true);
    channels.asked(key("a"), range);
    channels.retire(key("a"));
    channels.forgetAsks(key("a"));
    assert.equal(channels.answered(key("a"), range), false);
  });
});
