import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decide } from "../decide/decide.ts";
import { aWorld, conditionOf } from "../testing/a-world.ts";
import { propertyRuns } from "../testing/property-runs.ts";
import { distributionOf, statusIn } from "./distribution.ts";
import { parseQuantity, parseSpec } from "./parse-spec.ts";

const image = "registry.example/team/app:1";
const metadata = {
  name: "app",
  namespace: "team",
  uid: "uid-1",
  resourceVersion: "7",
  generation: 3,
};
const read = (spec: unknown) => distributionOf({ metadata, spec });

describe("what is read of a distribution", () => {
  it("is its spec with all defaults, where it says nothing but the image", () => {
    const { spec, problem, ...rest } = read({ image });
    assert.equal(problem, undefined);
    assert.deepEqual(rest, {
      key: "team/app/uid-1",
      uid: "uid-1",
      generation: 3,
      isDeleted: false,
      refresh: undefined,
    });
    assert.deepEqual(spec, {
      image,
      imagePullSecrets: [],
      platforms: [],
      nodeSelector: { matchLabels: {}, matchExpressions: [] },
      tolerations: [],
      seeders: { topologyKey: "topology.kubernetes.io/zone" },
      limits: {},
      registry: { fallback: "AfterTimeout", fallbackAfterSeconds: 300 },
      runtime: { load: "Always", pin: "Never" },
      rollout: { maxParallel: "100%", failureThreshold: "10%", progressDeadlineSeconds: 600 },
      retentionSeconds: 86_400,
      priority: 0,
      suspend: false,
    });
  });

  it("is everything that it says", () => {
    const spec = {
      image,
      imagePullSecrets: [{ name: "pull" }],
      serviceAccountName: "puller",
      platforms: ["linux/arm/v7"],
      nodeSelector: {
        matchLabels: { a: "b" },
        matchExpressions: [{ key: "x", operator: "In", values: ["1"] }],
      },
      tolerations: [{ key: "k", operator: "Equal", value: "v", effect: "NoExecute" }],
      seeders: {
        perZone: 2,
        max: 4,
        topologyKey: "rack",
        nodeSelector: { matchLabels: { s: "y" }, matchExpressions: [] },
      },
      limits: { uploadBytesPerSecond: "10Mi", downloadBytesPerSecond: "1e6" },
      registry: { fallback: "Never", fallbackAfterSeconds: 30, maxCopies: 9 },
      runtime: { load: "Always", pin: "WhileWanted" },
      rollout: { maxParallel: 3, failureThreshold: "0%", progressDeadlineSeconds: 60 },
      retentionSeconds: 0,
      priority: -100,
      suspend: true,
    };
    assert.deepEqual(read(spec), { ...read({ image }), spec });
  });

  it("is whether it goes, and for what it is to be looked up again", () => {
    const going = { ...metadata, deletionTimestamp: "2030-01-01T00:00:00Z" };
    assert.ok(distributionOf({ metadata: going, spec: { image } }).isDeleted);
    const annotations = { "oci-torrent.io/refresh": "x".repeat(300) };
    const { refresh } = distributionOf({ metadata: { ...metadata, annotations }, spec: { image } });
    assert.equal(refresh?.length, 256);
  });

  const bad: Readonly<Record<string, [unknown, RegExp]>> = {
    "no spec": [undefined, /spec\.image: /],
    "a spec that is a text": ["app", /spec: "app" is not an object/],
    "an image with a scheme": [{ image: "docker://busybox" }, /spec\.image: .*busybox/],
    "an image that is a number": [{ image: 5 }, /spec\.image: 5 is not a text/],
    "a secret of another namespace": [
      { image, imagePullSecrets: [{ name: "other/pull" }] },
      /spec\.imagePullSecrets\[0\]\.name: "other\/pull" is not the name of a secret/,
    ],
    "too many secrets": [
      { image, imagePullSecrets: Array(9).fill({ name: "a" }) },
      /spec\.imagePullSecrets: .* is not a list of up to 8 objects/,
    ],
    "no seeders": [
      { image, seeders: { perZone: 0 } },
      /spec\.seeders\.perZone: 0 is not a whole number from 1 to 8/,
    ],
    "half a seeder": [{ image, seeders: { perZone: 1.5 } }, /spec\.seeders\.perZone/],
    "fewer seeders than in one zone": [
      { image, seeders: { perZone: 3, max: 2 } },
      /spec\.seeders\.max: 2 is less than perZone, which is 3/,
    ],
    "a rate of nothing": [
      { image, limits: { uploadBytesPerSecond: "0" } },
      /spec\.limits\.uploadBytesPerSecond: "0" is not bytes a second/,
    ],
    "a rate that is none": [
      { image, limits: { downloadBytesPerSecond: "fast" } },
      /spec\.limits\.downloadBytesPerSecond: "fast"/,
    ],
    "a platform that is none": [
      { image, platforms: ["linux"] },
      /spec\.platforms: \["linux"\] is not a list of up to 8, each a platform such as linux\/amd64/,
    ],
    "an unknown operator": [
      { image, nodeSelector: { matchExpressions: [{ key: "a", operator: "Near" }] } },
      /spec\.nodeSelector\.matchExpressions\[0\]\.operator: "Near" is not one of In/,
    ],
    "In without values": [
      { image, nodeSelector: { matchExpressions: [{ key: "a", operator: "In" }] } },
      /matchExpressions\[0\]\.values: In and NotIn need values/,
    ],
    "a label that is a number": [
      { image, nodeSelector: { matchLabels: { a: 1 } } },
      /spec\.nodeSelector\.matchLabels/,
    ],
    "a pin without loading": [
      { image, runtime: { load: "Never", pin: "WhileWanted" } },
      /spec\.runtime\.pin: pin needs load: Always/,
    ],
    "a share of 101 %": [
      { image, rollout: { maxParallel: "101%" } },
      /spec\.rollout\.maxParallel: "101%" is not a number from 1 up/,
    ],
    "no node at a time": [{ image, rollout: { maxParallel: 0 } }, /spec\.rollout\.maxParallel: 0/],
    "a duration as a text": [
      { image, retentionSeconds: "1d" },
      /spec\.retentionSeconds: "1d" is not a whole number from 0 to 2592000/,
    ],
    "a suspension as a text": [
      { image, suspend: "yes" },
      /spec\.suspend: "yes" is not true or false/,
    ],
    "a toleration of nothing": [
      { image, tolerations: [{ value: "a" }] },
      /spec\.tolerations\[0\]\.operator: a toleration without a key needs operator: Exists/,
    ],
  };
  for (const [what, [spec, says]] of Object.entries(bad)) {
    it(`is a problem where there is ${what}`, () => {
      const distribution = read(spec);
      assert.match(distribution.problem ?? "", says);
      assert.equal(
        conditionOf(decide({ ...aWorld(), distribution }), "Stalled"),
        "True/InvalidSpec",
      );
    });
  }

  it("is all problems at once, five at most", () => {
    const { problem = "" } = read({
      priority: "x",
      suspend: 1,
      platforms: 3,
      tolerations: 4,
      limits: 5,
    });
    assert.equal(problem.match(/(?:^|; )spec\./g)?.length, 5);
  });

  it("is something to decide about, whatever stands there", () => {
    const part = fc.jsonValue({ maxDepth: 3 });
    const fields = [
      "image",
      "seeders",
      "nodeSelector",
      "rollout",
      "limits",
      "tolerations",
      "runtime",
    ];
    const spec = fc.oneof(part, fc.dictionary(fc.constantFrom(...fields), part));
    fc.assert(
      fc.property(spec, (value) => {
        const distribution = read(value);
        assert.ok(decide({ ...aWorld(), distribution }).status !== undefined);
        assert.equal(parseSpec(value).problems.length === 0, distribution.problem === undefined);
      }),
      { numRuns: propertyRuns },
    );
  });

  it("is a status, or none where somebody wrote another thing into it", () => {
    const status = { observedGeneration: 2, conditions: [] };
    assert.deepEqual(statusIn({ metadata, status }), status);
    assert.deepEqual(statusIn({ metadata, status: { conditions: "good" } }), {});
    assert.deepEqual(statusIn({ metadata }), {});
    const mixed = statusIn({ metadata, status: { conditions: [null, 5, { type: 7 }] } });
    assert.deepEqual(mixed, { conditions: [] });
  });
});

describe("a quantity", () => {
  const rows: Readonly<Record<string, number | undefined>> = {
    "1": 1,
    "100Mi": 100 * 2 ** 20,
    "10k": 10_000,
    "1.5Gi": 1.5 * 2 ** 30,
    ".5k": 500,
    "1e6": 1e6,
    "2E3": 2_000,
    "1Ti": 2 ** 40,
    "1m": undefined,
    "-1": undefined,
    "1 Mi": undefined,
    "": undefined,
    NaN: undefined,
    "1MiB": undefined,
    "1e400": undefined,
  };
  for (const [text, bytes] of Object.entries(rows)) {
    it(`of ${JSON.stringify(text)} is ${bytes ?? "none"}`, () =>
      assert.equal(parseQuantity(text), bytes));
  }
});
