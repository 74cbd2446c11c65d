import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createRegistryClient, endpointMap } from "../../oci/index.ts";
import { startLyingRegistry } from "../../oci/testing/index.ts";
import { createThrottle, systemClock } from "../../runtime/index.ts";
import { leasedFetch } from "./leased-fetch.ts";

const forever = new AbortController().signal;
const small = Buffer.alloc(1_000, "layer");

/** A lease on a layer that a registry has, and what is reported of it. */
async function start(t: TestContext, bytes = small) {
  const server = await startLyingRegistry(t);
  const digest = server.addBlob(bytes);
  const registries = createRegistryClient({
    endpoints: endpointMap({ "registry.test": [{ url: server.url.href, insecure: true }] }),
  });
  t.after(() => registries.close());
  const reported: number[] = [];
  const reached: boolean[] = [];
  const failed: string[] = [];
  const fallback = leasedFetch(
    {
      registries,
      logins: { put: () => {}, find: () => undefined },
      throttle: createThrottle(0, systemClock),
      sources: { fromRegistry: () => {} },
      reports: {
        lease: ({ registryBytes, reason }) => {
          reported.push(registryBytes);
          if (reason !== undefined) failed.push(reason);
        },
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
  return { server, read, reported, reached, failed };
}

describe("what is fetched under a lease", () => {
  it("comes from where it is wanted on, and is counted over all streams", async (t) => {
    const { read, reported, reached } = await start(t);
    assert.deepEqual(await read(0), small);
    assert.equal(reported.at(-1), 1_000);
    assert.deepEqual(await read(600), small.subarray(600));
    assert.equal(reported.at(-1), 1_400);
    assert.deepEqual(reached, [true, true]);
  });

  it("is one copy and a little: streams that begin again and again come to an end", async (t) => {
    const layer = Buffer.alloc(600_000, "layer");
    const { read, reported, failed, reached } = await start(t, layer);
    for (let time = 0; time < 2; time += 1) assert.deepEqual(await read(0), layer);
    assert.deepEqual(failed, []);
    await assert.rejects(read(0), { name: "OciError", code: "REGISTRY_PROTOCOL" });
    await assert.rejects(read(0), /no more of sha256:/);
    assert.deepEqual(failed, ["RegistryUnavailable", "RegistryUnavailable"]);
    assert.ok((reported.at(-1) ?? 0) < 600_000 + 2 * 1_048_576);
    assert.deepEqual(reached, [true, true]);
  });
});
