import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf, OCI_CONFIG, OCI_MANIFEST, parseReference } from "../../oci/index.ts";
import {
  anImage,
  anIndex,
  createCertificate,
  type Lie,
  pushImage,
  startLyingRegistry,
  type TestImage,
} from "../../oci/testing/index.ts";
import { resolveImage } from "./resolve-image.ts";
import { aRequest, aResolver } from "./testing/a-resolver.ts";
import {
  all,
  amd64,
  arm64,
  armV7,
  failed,
  found,
  nodes,
  served,
  spec,
} from "./testing/a-served-image.ts";

const forever = new AbortController().signal;
const sizeOf = ({ blobs }: TestImage) =>
  [...blobs.values()].reduce((sum, { length }) => sum + length, 0);

describe("an image", { concurrency: true }, () => {
  it("is pinned to the digest that its tag names, with what its nodes need of its index", async (test) => {
    const { image, documents } = await found(
      await served(test),
      nodes("linux/arm64", "linux/amd64"),
    );
    assert.deepEqual(
      {
        ...image,
        platforms: image.platforms.map(({ layers, ...one }) => ({ ...one, layers: layers.length })),
      },
      {
        reference: "registry.test/demo/app:1",
        host: "registry.test",
        digest: all.top.digest,
        access: "Public",
        platforms: [
          { platform: "linux/arm64", digest: arm64.top.digest, bytes: sizeOf(arm64), layers: 2 },
          { platform: "linux/amd64", digest: amd64.top.digest, bytes: sizeOf(amd64), layers: 2 },
        ],
      },
    );
    assert.equal(digestOf(documents.index ?? Buffer.of()), all.top.digest);
    assert.deepEqual([...documents.manifests.keys()], [arm64.top.digest, amd64.top.digest]);
    for (const [digest, { manifest, config, configDescriptor }] of documents.manifests) {
      assert.equal(digestOf(manifest), digest);
      assert.equal(digestOf(config), configDescriptor.digest);
    }
  });

  it("has each layer once, with size and type", async (test) => {
    const { image } = await found(await served(test, anImage(["one", "two", "one"])));
    const [one] = image.platforms;
    const type = "application/vnd.oci.image.layer.v1.tar";
    assert.deepEqual(
      one?.layers,
      ["one", "two"].map((text) => ({
        digest: digestOf(Buffer.from(text)),
        size: 3,
        mediaType: type,
      })),
    );
  });

  it("may be a manifest without an index", async (test) => {
    const { image, documents } = await found(await served(test, amd64));
    assert.equal(image.digest, amd64.top.digest);
    assert.deepEqual(
      image.platforms.map(({ digest }) => digest),
      [amd64.top.digest],
    );
    assert.equal(documents.index, undefined);
  });

  it("may be in an index of an index", async (test) => {
    const inner = anIndex([amd64]);
    const outer = anIndex([
      { ...inner, top: { ...inner.top, platform: { os: "linux", architecture: "amd64" } } },
    ]);
    const { image } = await found(await served(test, outer));
    assert.equal(image.digest, outer.top.digest);
    assert.deepEqual(
      image.platforms.map(({ digest }) => digest),
      [amd64.top.digest],
    );
  });

  it("stays what it was when its tag moves, if it was pinned", async (test) => {
    const one = await served(test, amd64);
    pushImage(one.registry, "demo/app", "1", anImage(["new"]));
    const { image } = await found(one, { pinned: amd64.top.digest });
    assert.equal(image.digest, amd64.top.digest);
    assert.equal(image.reference, "registry.test/demo/app:1");
    assert.notEqual((await found(one)).image.digest, amd64.top.digest);
  });

  it("may be named by its digest", async (test) => {
    const reference = parseReference(`registry.test/demo/app@${arm64.top.digest}`);
    const { image } = await found(await served(test), { reference, ...nodes("linux/arm64") });
    assert.equal(image.digest, arm64.top.digest);
  });

  it("need not have what only some nodes are", async (test) => {
    const one = await served(test, amd64);
    const { image } = await found(one, nodes("linux/s390x", "linux/amd64", "?"));
    assert.deepEqual(
      image.platforms.map(({ platform }) => platform),
      ["linux/amd64"],
    );
  });

  it("is known where there is no node for it yet", async (test) => {
    const { image } = await found(await served(test), nodes());
    assert.deepEqual([image.digest, image.platforms], [all.top.digest, []]);
  });

  it("is told by the platforms that were asked for, also where another one runs there", async (test) => {
    const { image } = await found(
      await served(test),
      nodes("linux/arm", "linux/arm64/v8", "linux/arm64"),
    );
    assert.deepEqual(
      image.platforms.map(({ platform, digest }) => [platform, digest]),
      [
        ["linux/arm/v7", armV7.top.digest],
        ["linux/arm64", arm64.top.digest],
      ],
    );
  });
});

describe("an image that cannot be had", { concurrency: true }, () => {
  const lacks = "could not resolve registry.test/demo/app:1: the image has nothing for";
  const there = "it has linux/amd64, linux/arm64, linux/arm/v7";

  it("lacks a platform that the spec names", async (test) => {
    const one = await served(test);
    assert.deepEqual(await failed(one, spec("linux/amd64", "linux/s390x")), {
      reason: "PlatformMissing",
      message: `${lacks} linux/s390x: ${there}`,
    });
    await found(one, spec("linux/amd64", "linux/arm64"));
  });

  it("lacks the platforms of all nodes", async (test) => {
    const failure = await failed(await served(test), nodes("linux/s390x"));
    assert.deepEqual(failure, {
      reason: "PlatformMissing",
      message: `${lacks} linux/s390x: ${there}`,
    });
  });

  it("is for another platform, as its config says where there is no index", async (test) => {
    const one = await served(test, arm64);
    assert.deepEqual(await failed(one), {
      reason: "PlatformMissing",
      message: `${lacks} linux/amd64: it has linux/arm64`,
    });
    await found(one, nodes("linux/arm64"));
  });

  it("is a chart, or another thing that no container runs", async (test) => {
    const chart = Buffer.from("{}");
    const one = await served(test);
    one.registry.addBlob(chart);
    const config = {
      mediaType: "application/vnd.cncf.helm.config.v1+json",
      digest: digestOf(chart),
      size: 2,
    };
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] };
    one.registry.addManifest("demo/app", "chart", OCI_MANIFEST, JSON.stringify(manifest));
    assert.deepEqual(
      await failed(one, { reference: parseReference("registry.test/demo/app:chart") }),
      {
        reason: "PlatformMissing",
        message:
          'could not resolve registry.test/demo/app:chart: it is no container image: its config is of type "application/vnd.cncf.helm.config.v1+json", which no container runs',
      },
    );
  });

  it("is larger than allowed", async (test) => {
    const size = sizeOf(amd64);
    assert.deepEqual(await failed(await served(test, amd64, { largestImageBytes: size - 1 })), {
      reason: "TooLarge",
      message: `could not resolve registry.test/demo/app:1: the image for linux/amd64 has ${size} bytes, and at most ${size - 1} are allowed: make it smaller, or ask the cluster's administrator`,
    });
    await found(await served(test, amd64, { largestImageBytes: size }));
  });

  it("has a config too large to be handed on", async (test) => {
    const one = await served(test);
    const config = { mediaType: OCI_CONFIG, digest: digestOf(Buffer.of()), size: 4 * 1024 * 1024 };
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] };
    one.registry.addManifest("demo/app", "big", OCI_MANIFEST, JSON.stringify(manifest));
    const { reason, message } = await failed(one, {
      reference: parseReference("registry.test/demo/app:big"),
    });
    assert.equal(reason, "TooLarge");
    assert.match(message, /manifest and config has \d+ bytes, and at most 3145728 are allowed/);
  });

  it("has more layers than a container runtime can stack", async (test) => {
    const one = await served(test);
    const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
    one.registry.addBlob(config);
    const pushWith = (count: number) => {
      const layers = Array.from({ length: count }, (_, i) => ({
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: digestOf(Buffer.from(`layer ${i}`)),
        size: 1,
      }));
      const { length: size } = config;
      const described = { mediaType: OCI_CONFIG, digest: digestOf(config), size };
      const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: described, layers };
      one.registry.addManifest("demo/app", `of-${count}`, OCI_MANIFEST, JSON.stringify(manifest));
      return { reference: parseReference(`registry.test/demo/app:of-${count}`) };
    };
    const { reason, message } = await failed(one, pushWith(129));
    assert.equal(reason, "PlatformMissing");
    assert.match(message, /^could not resolve \S+:of-129: .*it lists 129 layers, more than 128/);
    const { image } = await found(one, pushWith(128));
    assert.equal(image.platforms[0]?.layers.length, 128);
  });

  it("has a layer that its registry may not give away, and does not", async (test) => {
    const one = await served(test);
    const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
    one.registry.addBlob(config);
    const layer = Buffer.from("foreign");
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.length },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
          digest: digestOf(layer),
          size: layer.length,
          urls: ["http://192.0.2.1/layer"],
        },
      ],
    });
    one.registry.addManifest("demo/app", "foreign", OCI_MANIFEST, manifest);
    const request = { reference: parseReference("registry.test/demo/app:foreign") };
    const { reason, message } = await failed(one, request);
    assert.equal(reason, "ForeignLayer");
    assert.match(
      message,
      /is a ForeignLayer that \S+ does not hold, .*: push the image with its foreign layers$/,
    );
    one.registry.addBlob(layer);
    assert.equal((await found(one, request)).image.platforms.length, 1);
  });

  const answers: Record<string, [lie: Lie, reason: string, message: RegExp]> = {
    "is not there": [
      { do: "answer", status: 404 },
      "NotFound",
      /^could not fetch registry\.test\/demo\/app:1: \S+ does not have it: check the name and the tag$/,
    ],
    "is forbidden": [
      { do: "answer", status: 403 },
      "RegistryForbidden",
      /: the registry forbids it: ask its owner for the right to pull demo\/app$/,
    ],
    "is in a registry that fails": [
      { do: "answer", status: 503 },
      "RegistryUnavailable",
      /: \S+ answers 503 Service Unavailable: try again later$/,
    ],
    "is in a registry that cuts connections": [
      { do: "reset" },
      "RegistryUnavailable",
      /: \S+ cut the connection: try again later$/,
    ],
    "comes with other bytes": [
      { do: "flipByte", at: 5 },
      "RegistryUnavailable",
      /^could not fetch/,
    ],
  };
  for (const [what, [lie, reason, message]] of Object.entries(answers)) {
    it(what, async (test) => {
      const one = await served(test);
      one.registry.lie(() => lie);
      const failure = await failed(one);
      assert.equal(failure.reason, reason);
      assert.match(failure.message, message);
      one.registry.lie(() => undefined);
      await found(one);
    });
  }

  it("is in a registry whose certificate nobody knows", async (test) => {
    const registry = await startLyingRegistry(test, createCertificate({ hosts: ["127.0.0.1"] }));
    const { deps } = aResolver(test, registry, { url: registry.url.href });
    assert.deepEqual(await resolveImage(deps, aRequest(), forever), {
      state: "failed",
      reason: "TLSVerifyFailed",
      message: `could not fetch registry.test/demo/app:1: nobody known has signed the certificate of ${registry.host}: set caFile of this registry, or have the cluster's administrator allow it for ${registry.host} in the controller's registries`,
    });
  });

  it("is in a registry that is too slow", async (test) => {
    const one = await served(test, all, { timeoutMs: 100 });
    one.registry.lie(() => ({ do: "silence" }));
    assert.deepEqual(await failed(one), {
      reason: "RegistryUnavailable",
      message:
        "could not resolve registry.test/demo/app:1 within 1 s: registry.test is too slow: it is asked again later",
    });
  });

  it("is not resolved by whoever must stop", async (test) => {
    const registry = await startLyingRegistry(test);
    const { deps } = aResolver(test, registry);
    const stop = new AbortController();
    registry.lie(() => {
      stop.abort(new Error("stopped"));
      return { do: "silence" };
    });
    await assert.rejects(resolveImage(deps, aRequest(), stop.signal), { message: "stopped" });
  });
});
