// Mistakes in an ImageDistribution that the API server refuses.

export type Spec = Readonly<Record<string, unknown>>;

/** A spec that is refused, what the refusal says (`*` stands for what the server adds), and a spec beside it that is not refused. */
export type Case = { readonly bad: Spec; readonly says: string; readonly good: Spec };

export const image = "busybox:1.37";
export const digest = `sha256:${"0".repeat(64)}`;
const GRAMMAR = "spec.image: * is not an image reference: write registry/repository:tag";
const LABEL_KEY = "is not a label key: write name or prefix/name";
const RATE = "must be bytes a second from 1 to 1Ti, such as 100Mi";

type ImageCase = Case & { readonly bad: { image: string }; readonly good: { image: string } };

/** By what is wrong with the image. */
export const invalidImages: Readonly<Record<string, ImageCase>> = {
  "with a scheme": {
    bad: { image: "docker://busybox" },
    says: "spec.image: * write it as in a pod: registry/repository:tag, without docker:// or https://",
    good: { image: "busybox" },
  },
  "with the scheme of a web page": {
    bad: { image: "https://registry.example.com/app" },
    says: "spec.image: * write it as in a pod",
    good: { image: "registry.example.com/app" },
  },
  "that is empty": {
    bad: { image: "" },
    says: "spec.image: * should be at least 1 chars long",
    good: { image: "a" },
  },
  "with an upper-case repository": {
    bad: { image: "registry.example.com/Team/app" },
    says: "spec.image: * a repository is lower case",
    good: { image: "Registry.Example.Com/team/app" },
  },
  "with a slash at its end": { bad: { image: "app/" }, says: GRAMMAR, good: { image: "team/app" } },
  "with an empty part": { bad: { image: "a//b" }, says: GRAMMAR, good: { image: "a/b" } },
  "of a tag alone": { bad: { image: ":1.0" }, says: GRAMMAR, good: { image: "a:1.0" } },
  "with a digest too short": {
    bad: { image: "app@sha256:beef" },
    says: GRAMMAR,
    good: { image: `app@${digest}` },
  },
  "with an upper-case digest": {
    bad: { image: `app@sha256:${"A".repeat(64)}` },
    says: GRAMMAR,
    good: { image: `app@sha256:${"a".repeat(64)}` },
  },
  "with a digest of an unknown algorithm": {
    bad: { image: `app@md5:${"0".repeat(32)}` },
    says: GRAMMAR,
    good: { image: `app:1.0@${digest}` },
  },
  "with a tag of 129 characters": {
    bad: { image: `app:${"1".repeat(129)}` },
    says: GRAMMAR,
    good: { image: `app:${"1".repeat(128)}` },
  },
  "with port 0": {
    bad: { image: "registry:0/app" },
    says: GRAMMAR,
    good: { image: "registry:1/app" },
  },
  "with port 65536": {
    bad: { image: "registry:65536/app" },
    says: "spec.image: * the registry's port is a number from 1 to 65535",
    good: { image: "registry:65535/app" },
  },
  "with an IPv6 address": {
    bad: { image: "[::1]:5000/app" },
    says: GRAMMAR,
    good: { image: "127.0.0.1:5000/app" },
  },
  "with a look-alike letter": {
    bad: { image: "busybоx" },
    says: GRAMMAR,
    good: { image: "busybox" },
  },
  "with a line break": { bad: { image: "app:1\n" }, says: GRAMMAR, good: { image: "app:1" } },
  "with a dash first": { bad: { image: "-app" }, says: GRAMMAR, good: { image: "a-pp" } },
  "that climbs out": { bad: { image: "../app" }, says: GRAMMAR, good: { image: "app" } },
  "that is an image id": {
    bad: { image: "0".repeat(64) },
    says: "spec.image: * is an image id: write the name of the image",
    good: { image: "0".repeat(63) },
  },
  "with a name of 256 characters": {
    bad: { image: `registry.example.com/${"a".repeat(235)}` },
    says: "spec.image: * registry and repository together have at most 255 characters",
    good: { image: `registry.example.com/${"a".repeat(234)}:1.0` },
  },
  "longer than 512 characters": {
    bad: { image: "a".repeat(513) },
    says: "spec.image: * may not be more than 512",
    good: { image: `registry.example.com/${"a".repeat(234)}:${"1".repeat(128)}@${digest}` },
  },
};

/** By what is wrong. */
export const invalidSpecs: Readonly<Record<string, Case>> = {
  "no image": { bad: {}, says: "spec.image: Required value", good: { image } },
  "a pull secret of another namespace": {
    bad: { image, imagePullSecrets: [{ name: "other/login" }] },
    says: "spec.imagePullSecrets[0].name: * a secret of another namespace cannot be used",
    good: { image, imagePullSecrets: [{ name: "login" }] },
  },
  "a pull secret that names its namespace": {
    bad: { image, imagePullSecrets: [{ name: "login", namespace: "other" }] },
    says: 'unknown field "spec.imagePullSecrets[0].namespace"',
    good: { image, imagePullSecrets: [{ name: "login" }] },
  },
  "one pull secret twice": {
    bad: { image, imagePullSecrets: [{ name: "a" }, { name: "a" }] },
    says: "spec.imagePullSecrets[1]: Duplicate value",
    good: { image, imagePullSecrets: [{ name: "a" }, { name: "b" }] },
  },
  "nine pull secrets": {
    bad: { image, imagePullSecrets: [..."abcdefghi"].map((name) => ({ name })) },
    says: "spec.imagePullSecrets: Too many: 9: must have at most 8 items",
    good: { image, imagePullSecrets: [..."abcdefgh"].map((name) => ({ name })) },
  },
  "a service account with a space": {
    bad: { image, serviceAccountName: "my account" },
    says: "spec.serviceAccountName: * must be the name of a service account in this namespace",
    good: { image, serviceAccountName: "my-account" },
  },
  "a platform with too many parts": {
    bad: { image, platforms: ["linux/amd64/v9/x"] },
    says: "spec.platforms[0]: * must be os/arch or os/arch/variant, such as linux/amd64",
    good: { image, platforms: ["linux/arm/v7"] },
  },
  "one platform twice": {
    bad: { image, platforms: ["linux/amd64", "linux/amd64"] },
    says: "spec.platforms[1]: Duplicate value",
    good: { image, platforms: ["linux/amd64", "linux/arm64"] },
  },
  "a selector with a broken key": {
    bad: { image, nodeSelector: { matchLabels: { "a b": "c" } } },
    says: `spec.nodeSelector.matchLabels: * ${LABEL_KEY}`,
    good: { image, nodeSelector: { matchLabels: { "example.com/a-b": "c" } } },
  },
  "a selector with a broken value": {
    bad: { image, nodeSelector: { matchLabels: { a: "-" } } },
    says: "spec.nodeSelector.matchLabels[a]: * is not a label value",
    good: { image, nodeSelector: { matchLabels: { a: "" } } },
  },
  "a selector with In and no values": {
    bad: { image, nodeSelector: { matchExpressions: [{ key: "a", operator: "In" }] } },
    says: "spec.nodeSelector.matchExpressions[0]: * operator In or NotIn needs values",
    good: {
      image,
      nodeSelector: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
    },
  },
  "a selector with Exists and values": {
    bad: {
      image,
      seeders: {
        nodeSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
      },
    },
    says: "spec.seeders.nodeSelector.matchExpressions[0]: * Exists and DoesNotExist take none",
    good: {
      image,
      seeders: { nodeSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
    },
  },
  "a selector with an unknown operator": {
    bad: {
      image,
      nodeSelector: { matchExpressions: [{ key: "a", operator: "Like", values: ["b"] }] },
    },
    says: 'spec.nodeSelector.matchExpressions[0].operator: Unsupported value: "Like": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
    good: {
      image,
      nodeSelector: { matchExpressions: [{ key: "a", operator: "NotIn", values: ["b"] }] },
    },
  },
  "10,000 names of nodes": {
    bad: { image, nodeSelector: named(10_000) },
    says: "spec.nodeSelector.matchExpressions[0].values: Too many: 10000: must have at most 64 items",
    good: { image, nodeSelector: named(64) },
  },
  "nodes by name instead of by selector": {
    bad: { image, nodeSelector: {}, nodeNames: ["a"] },
    says: 'unknown field "spec.nodeNames"',
    good: { image, nodeSelector: {} },
  },
  "a toleration of nothing": {
    bad: { image, tolerations: [{}] },
    says: "spec.tolerations[0]: * a toleration without a key tolerates every taint, and needs operator: Exists",
    good: { image, tolerations: [{ operator: "Exists" }] },
  },
  "a toleration with Exists and a value": {
    bad: { image, tolerations: [{ key: "a", operator: "Exists", value: "b" }] },
    says: "spec.tolerations[0]: * operator Exists takes no value",
    good: { image, tolerations: [{ key: "a", value: "b" }] },
  },
  "no seeder": {
    bad: { image, seeders: { perZone: 0 } },
    says: "spec.seeders.perZone: * should be greater than or equal to 1",
    good: { image, seeders: { perZone: 1 } },
  },
  "a negative number of seeders": {
    bad: { image, seeders: { max: -1 } },
    says: "spec.seeders.max: * should be greater than or equal to 1",
    good: { image, seeders: { max: 64 } },
  },
  "a billion seeders": {
    bad: { image, seeders: { perZone: 1_000_000_000 } },
    says: "spec.seeders.perZone: * should be less than or equal to 8",
    good: { image, seeders: { perZone: 8 } },
  },
  "fewer seeders in all than in each zone": {
    bad: { image, seeders: { perZone: 3, max: 2 } },
    says: "spec.seeders: * max must be at least perZone",
    good: { image, seeders: { perZone: 2, max: 2 } },
  },
  "an empty topology key": {
    bad: { image, seeders: { topologyKey: "" } },
    says: "spec.seeders.topologyKey: * should be at least 1 chars long",
    good: { image, seeders: { topologyKey: "example.com/rack" } },
  },
  "a topology key that is none": {
    bad: { image, seeders: { topologyKey: "/zone" } },
    says: `spec.seeders.topologyKey: * ${LABEL_KEY}`,
    good: { image, seeders: { topologyKey: "zone" } },
  },
  "a rate that is no quantity": {
    bad: { image, limits: { uploadBytesPerSecond: "fast" } },
    says: `spec.limits.uploadBytesPerSecond: * ${RATE}`,
    good: { image, limits: { uploadBytesPerSecond: "10Mi" } },
  },
  "a negative rate": {
    bad: { image, limits: { downloadBytesPerSecond: "-1" } },
    says: `spec.limits.downloadBytesPerSecond: * ${RATE}`,
    good: { image, limits: { downloadBytesPerSecond: "1" } },
  },
  "rate 0": {
    bad: { image, limits: { downloadBytesPerSecond: "0" } },
    says: `spec.limits.downloadBytesPerSecond: * ${RATE}; for no limit, leave the field out`,
    good: { image, limits: {} },
  },
  "a rate beyond all measure": {
    bad: { image, limits: { uploadBytesPerSecond: "1e400" } },
    says: `spec.limits.uploadBytesPerSecond: * ${RATE}`,
    good: { image, limits: { uploadBytesPerSecond: "1Ti" } },
  },
  "a rate as a number": {
    bad: { image, limits: { uploadBytesPerSecond: 1_000_000 } },
    says: "spec.limits.uploadBytesPerSecond: * must be of type string",
    good: { image, limits: { uploadBytesPerSecond: "1000000" } },
  },
  "a fallback of another word": {
    bad: { image, registry: { fallback: "Sometimes" } },
    says: 'spec.registry.fallback: Unsupported value: "Sometimes": supported values: "Never", "AfterTimeout"',
    good: { image, registry: { fallback: "Never" } },
  },
  "a fallback after no time": {
    bad: { image, registry: { fallbackAfterSeconds: 0 } },
    says: "spec.registry.fallbackAfterSeconds: * should be greater than or equal to 30",
    good: { image, registry: { fallbackAfterSeconds: 30 } },
  },
  "a time with a unit": {
    bad: { image, registry: { fallbackAfterSeconds: "5m" } },
    says: "spec.registry.fallbackAfterSeconds: * must be of type integer",
    good: { image, registry: { fallbackAfterSeconds: 300 } },
  },
  "no copy from the registry": {
    bad: { image, registry: { maxCopies: 0 } },
    says: "spec.registry.maxCopies: * should be greater than or equal to 1",
    good: { image, registry: { maxCopies: 1_000 } },
  },
  "a pin without loading": {
    bad: { image, runtime: { load: "Never", pin: "WhileWanted" } },
    says: "spec.runtime: * pin needs load: Always",
    good: { image, runtime: { pin: "WhileWanted" } },
  },
  "no node at a time": {
    bad: { image, rollout: { maxParallel: 0 } },
    says: "spec.rollout.maxParallel: * must be a number of nodes from 1 up, or a percentage from 1% to 100%",
    good: { image, rollout: { maxParallel: 1 } },
  },
  "more than all nodes at a time": {
    bad: { image, rollout: { maxParallel: "101%" } },
    says: "spec.rollout.maxParallel: * must be a number of nodes from 1 up, or a percentage from 1% to 100%",
    good: { image, rollout: { maxParallel: "100%" } },
  },
  "fewer failures than none": {
    bad: { image, rollout: { failureThreshold: -1 } },
    says: "spec.rollout.failureThreshold: * must be a number of nodes from 0 up, or a percentage from 0% to 100%",
    good: { image, rollout: { failureThreshold: "0%" } },
  },
  "a deadline of seconds": {
    bad: { image, rollout: { progressDeadlineSeconds: 59 } },
    says: "spec.rollout.progressDeadlineSeconds: * should be greater than or equal to 60",
    good: { image, rollout: { progressDeadlineSeconds: 60 } },
  },
  "a retention of more than 30 days": {
    bad: { image, retentionSeconds: 2_592_001 },
    says: "spec.retentionSeconds: * should be less than or equal to 2592000",
    good: { image, retentionSeconds: 2_592_000 },
  },
  "a negative retention": {
    bad: { image, retentionSeconds: -1 },
    says: "spec.retentionSeconds: * should be greater than or equal to 0",
    good: { image, retentionSeconds: 0 },
  },
  "a priority out of range": {
    bad: { image, priority: 101 },
    says: "spec.priority: * should be less than or equal to 100",
    good: { image, priority: -100 },
  },
  "suspend as a text": {
    bad: { image, suspend: "yes" },
    says: "spec.suspend: * must be of type boolean",
    good: { image, suspend: true },
  },
};

function named(nodes: number) {
  const values = Array.from({ length: nodes }, (_, index) => `node-${index}`);
  return { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] };
}
