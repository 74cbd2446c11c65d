import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "./descriptor.ts";
import { aRegistry, forever, lieAlways } from "./testing/a-registry.ts";
import type { Lie } from "./testing/lying-registry.ts";
import { descriptorOf } from "./testing/served-image.ts";
import { startCanary } from "./testing/test-server.ts";

describe("a blob", { concurrency: true }, () => {
  // HOST stands for the server's address.
  const faults: Record<string, { lie: Lie; from?: number; why: string }> = {
    "with a wrong length": {
      lie: { do: "headers", headers: { "content-length": "36" } },
      why: 'HOST announces "36" bytes where 37 belong',
    },
    "in an encoding": {
      lie: { do: "gzip" },
      why: 'HOST sends the encoding "gzip" that nobody asked for',
    },
    "from another byte on": {
      lie: { do: "shiftRange", by: 1 },
      from: 5,
      why: "HOST sends another part of the blob than it was asked for",
    },
    "of another size": {
      lie: { do: "headers", headers: { "content-range": "bytes 5-36/38" } },
      from: 5,
      why: "HOST sends another part of the blob than it was asked for",
    },
    "in part though nobody asked": {
      lie: { do: "answer", status: 206, headers: { "content-range": "bytes 0-36/37" } },
      why: "HOST sends another part of the blob than it was asked for",
    },
    "out of range": {
      lie: { do: "answer", status: 416 },
      from: 5,
      why: "HOST answers 416 Range Not Satisfiable: check that it is a registry and what stands in front of it",
    },
  };
  for (const [what, { lie, from = 0, why }] of Object.entries(faults)) {
    it(`${what} is refused before its first byte`, async (test) => {
      const { server, image, registry } = await aRegistry(test);
      const { descriptor } = image.config;
      lieAlways(server, lie);
      await assert.rejects(registry.openBlob("demo/app", descriptor, from, forever), {
        code: "REGISTRY_PROTOCOL",
        message: `could not fetch blob ${descriptor.digest} of registry.test/demo/app: ${why.replace("HOST", server.host)}`,
      });
      server.lie(() => undefined);
      const stream = await registry.openBlob("demo/app", descriptor, from, forever);
      assert.equal(stream.start, from);
      stream.report("broken");
    });
  }

  const wrong: Record<string, Lie> = {
    "with a wrong byte": { do: "flipByte", at: 36 },
    "that is short": { do: "truncate", by: 1 },
    "that is long": { do: "extend", by: 1 },
  };
  for (const [what, lie] of Object.entries(wrong)) {
    it(`small and ${what} is refused, and after the second time not asked for`, async (test) => {
      const { server, image, registry } = await aRegistry(test);
      const { descriptor } = image.config;
      const name = `blob ${descriptor.digest} of registry.test/demo/app`;
      lieAlways(server, lie);
      for (const _ of [1, 2]) {
        await assert.rejects(registry.blob("demo/app", descriptor, forever), {
          code: "REGISTRY_PROTOCOL",
          message: `could not fetch ${name}: ${server.host} sends bytes that do not match the digest`,
        });
      }
      await assert.rejects(registry.blob("demo/app", descriptor, forever), {
        code: "REGISTRY_PROTOCOL",
        message: `could not fetch ${name}: ${server.host} gave wrong bytes twice and is not asked for this again for now: push the image anew or ask another registry`,
      });
      assert.equal(server.requests.length, 2);
    });
  }

  it("is given whole by a server that does not do ranges", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    lieAlways(server, { do: "ignoreRange" });
    const stream = await registry.openBlob("demo/app", image.config.descriptor, 5, forever);
    assert.equal(stream.start, 0);
    stream.report("broken");
  });

  it("of more than 8 MiB is not read into memory", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    const descriptor = { ...image.config.descriptor, size: 8_388_609 };
    await assert.rejects(registry.blob("demo/app", descriptor, forever), {
      code: "UNSUPPORTED",
      message: `could not fetch blob ${descriptor.digest} of registry.test/demo/app: it has 8388609 bytes, and at most 8388608 are read into memory`,
    });
    assert.equal(server.requests.length, 0);
  });

  it("that is foreign is asked of the registry, and of nobody else", async (test) => {
    const { server, image, registry } = await aRegistry(test);
    const canary = await startCanary(test);
    const here = { ...image.config.descriptor, urls: [canary.url.href] };
    await registry.blob("demo/app", here, forever);
    const absent: Descriptor = { ...descriptorOf(Buffer.from("gone")), urls: [canary.url.href] };
    await assert.rejects(registry.openBlob("demo/app", absent, 0, forever), {
      code: "UNSUPPORTED",
      message: `could not fetch blob ${absent.digest} of registry.test/demo/app: it is a ForeignLayer that ${server.host} does not hold, and the urls of an image are never followed: push the image with its foreign layers`,
    });
    assert.equal(canary.requests.length, 0);
  });
});
