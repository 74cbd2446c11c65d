import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type StreamBlobOptions, streamBlob } from "./stream-blob.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { type Lie, type LyingRegistry, startLyingRegistry } from "./testing/lying-registry.ts";
import { clientOf, descriptorOf, someBytes } from "./testing/served-image.ts";

const forever = new AbortController().signal;
const layer = someBytes(200_000, "layer");

async function aStream(test: TestContext, lies: readonly (Lie | undefined)[] = []) {
  const server = await startLyingRegistry(test);
  server.addBlob(layer);
  let asked = 0;
  server.lie(() => lies[asked++]);
  const registry = clientOf(test, server, { clock: createFakeClock() });
  const read = async (options: StreamBlobOptions) => {
    const chunks: Uint8Array[] = [];
    const stream = streamBlob(registry, "demo/app", descriptorOf(layer), options, forever);
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return { server, read };
}

const ranges = (server: LyingRegistry) => server.requests.map(({ headers }) => headers.range);

describe("streaming a blob", () => {
  it("gives its bytes from one on", async (test) => {
    const { server, read } = await aStream(test);
    let received = 0;
    const onReceived = (bytes: number) => {
      received += bytes;
    };
    const bytes = await read({ fromByte: 120_000, onReceived });
    assert.ok(bytes.equals(layer.subarray(120_000)));
    assert.equal(received, 80_000);
    assert.deepEqual(ranges(server), ["bytes=120000-"]);
  });

  it("takes a broken connection up again", async (test) => {
    const { server, read } = await aStream(test, [{ do: "cut", after: 50_000 }]);
    assert.ok((await read({ fromByte: 0 })).equals(layer));
    const [first, second] = ranges(server);
    assert.equal(first, undefined);
    assert.match(second ?? "", /^bytes=\d+-$/);
  });

  it("reads over what a server without ranges sends first", async (test) => {
    const { read } = await aStream(test, [{ do: "ignoreRange" }]);
    assert.ok((await read({ fromByte: 70_000 })).equals(layer.subarray(70_000)));
  });

  it("ends with a sentence when the registry does not have it", async (test) => {
    const { read } = await aStream(test, [{ do: "answer", status: 404 }]);
    await assert.rejects(read({ fromByte: 1 }), { code: "REGISTRY_NOT_FOUND" });
  });
});
