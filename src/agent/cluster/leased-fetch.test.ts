import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createRegistryClient, endpointMap } from "../../oci/index.ts";
import { startLyingRegistry } from "../../oci/testing/index.ts";
import { createThrottle, systemClock } from "../../runtime/index.ts";
import { leasedFetch } from "./leased-fetch.ts";

const forever = new AbortController().signal;
const bytes = Buffer.alloc(1_000, "layer");

/** A lease on a layer that a registry has, and what is reported of it. */
async function start(t: TestContext) {
  const server = await startLyingRegistry(t);
  const digest = server.addBlob(bytes);
  const registries = createRegistryClient({
    endpoints: endpointMap({ "registry.test": [{ url: server.url.href, insecure: true }] }),
  });
  t.after(() => registries.close());
  const reported: number[] = [];
  const reached: boolean[] = [];
  const fallback = leasedFetch(
    {
      registries,
      logins: { put: () => {}, find: () => undefined },
      throttle: createThrottle(0, systemClock),
      sources: { fromRegistry: () => {} },
      reports: {
        lease: ({ registryBytes }) => reported.push(registryBytes),
        registry: ({ reachable }) => reached.push(reachable),
      },
    },
    { digest, generation: 3, fromPiece: 0, repository: "registry.test/demo/app" },
    { digest, size: bytes.length, mediaType: "application/octet-stream" },
  );
  const read = async (from: number): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of fallback.open(from, forever)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return { server, read, reported, reached };
}

describe("what is fetched under a lease", () => {
  it("comes from where it is wanted on, and is counted over all streams", async (t) => {
    const { read, reported, reached } = await start(t);
    assert.deepEqual(await read(0), bytes);
    assert.equal(reported.at(-1), 1_000);
    assert.deepEqual(await read(600), bytes.subarray(600));
    assert.equal(reported.at(-1), 1_400);
    assert.deepEqual(reached, [true, true]);
  });
});
