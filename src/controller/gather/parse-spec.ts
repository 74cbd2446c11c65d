import type { ImageDistributionSpec, LabelSelector, Toleration } from "../../api/index.ts";
import { OciError, parseReference } from "../../oci/index.ts";
import { FieldReader } from "./field-reader.ts";

const OBJECT_NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;
const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/;
const LABEL_KEY = /^[-A-Za-z0-9_./]{1,317}$/;

/**
 * Reads a spec that may have been written past its schema, by an older definition or straight into etcd. Where anything
 * is wrong, the spec is not to be used, and the problems tell what to change.
 */
export function parseSpec(value: unknown): {
  readonly spec: ImageDistributionSpec;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const read = new FieldReader(value, "spec", problems);
  const secrets = read.list("imagePullSecrets", 8, (item) => ({
    name: item.text("name", "", OBJECT_NAME, "the name of a secret"),
  }));
  const account = read.text("serviceAccountName", "", OBJECT_NAME, "the name of a service account");
  const spec: ImageDistributionSpec = {
    image: imageOf(read),
    imagePullSecrets: secrets,
    ...(account !== "" && { serviceAccountName: account }),
    platforms: read.texts("platforms", 8, PLATFORM, "a platform such as linux/amd64"),
    nodeSelector: selectorOf(read.below("nodeSelector")),
    tolerations: read.list("tolerations", 16, tolerationOf),
    seeders: seedersOf(read.below("seeders")),
    limits: limitsOf(read.below("limits")),
    registry: registryOf(read.below("registry")),
    runtime: runtimeOf(read.below("runtime")),
    rollout: rolloutOf(read.below("rollout")),
    retentionSeconds: read.number("retentionSeconds", 0, 2_592_000, 86_400),
    priority: read.number("priority", -100, 100, 0),
    suspend: read.flag("suspend", false),
  };
  return { spec, problems };
}

function imageOf(read: FieldReader): string {
  const image = read.text("image", "");
  try {
    parseReference(image);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    read.problem("image", error.message);
  }
  return image;
}

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

const selectorOf = (read: FieldReader): LabelSelector => ({
  matchLabels: read.labels("matchLabels"),
  matchExpressions: read.list("matchExpressions", 32, (item) => {
    const values = item.texts("values", 64, /^.{0,63}$/s, "a label's value");
    const operator = item.oneOf("operator", OPERATORS, "Exists");
    const wantsValues = operator === "In" || operator === "NotIn";
    if (!item.has("operator")) item.problem("operator", "is missing");
    if (wantsValues !== values.length > 0) {
      item.problem("values", "In and NotIn need values; Exists and DoesNotExist take none");
    }
    return { key: item.text("key", "", LABEL_KEY, "a label's key"), operator, values };
  }),
});

function tolerationOf(item: FieldReader): Toleration {
  const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;
  const key = item.text("key", "");
  const operator = item.oneOf("operator", ["Equal", "Exists"], "Equal");
  if (key === "" && operator === "Equal") {
    item.problem("operator", "a toleration without a key needs operator: Exists");
  }
  return {
    key,
    operator,
    value: item.text("value", ""),
    ...(item.has("effect") && { effect: item.oneOf("effect", effects, "NoSchedule") }),
  };
}

function seedersOf(read: FieldReader): ImageDistributionSpec["seeders"] {
  const perZone = read.has("perZone") ? read.number("perZone", 1, 8, 1) : undefined;
  const max = read.has("max") ? read.number("max", 1, 64, 64) : undefined;
  if (max !== undefined && max < (perZone ?? 1)) {
    read.problem("max", `${max} is less than perZone, which is ${perZone}`);
  }
  return {
    ...(perZone !== undefined && { perZone }),
    ...(max !== undefined && { max }),
    topologyKey: read.text(
      "topologyKey",
      "topology.kubernetes.io/zone",
      LABEL_KEY,
      "a label's key",
    ),
    ...(read.has("nodeSelector") && { nodeSelector: selectorOf(read.below("nodeSelector")) }),
  };
}

function limitsOf(read: FieldReader): ImageDistributionSpec["limits"] {
  const rate = (field: "uploadBytesPerSecond" | "downloadBytesPerSecond") => {
    if (!read.has(field)) return {};
    const text = read.text(field, "", /^.{1,32}$/s, "a rate such as 100Mi");
    const bytes = parseQuantity(text);
    if (text !== "" && (bytes === undefined || bytes < 1 || bytes > 2 ** 40)) {
      read.problem(
        field,
        `${JSON.stringify(text)} is not bytes a second from 1 to 1Ti, such as 100Mi`,
      );
    }
    return { [field]: text };
  };
  return { ...rate("uploadBytesPerSecond"), ...rate("downloadBytesPerSecond") };
}

const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity of bytes, as Kubernetes writes it; undefined for what is none, or is smaller than a byte can be. */
export function parseQuantity(text: string): number | undefined {
  const match = /^\+?(\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})(?:([kMGT]|[KMGT]i)|[eE](\d{1,2}))?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, digits = "", suffix = "", exponent] = match;
  const scale = exponent === undefined ? SUFFIXES[suffix] : 10 ** Number(exponent);
  return scale === undefined ? undefined : Math.ceil(Number(digits) * scale);
}

const registryOf = (read: FieldReader): ImageDistributionSpec["registry"] => ({
  fallback: read.oneOf("fallback", ["Never", "AfterTimeout"], "AfterTimeout"),
  fallbackAfterSeconds: read.number("fallbackAfterSeconds", 30, 86_400, 300),
  ...(read.has("maxCopies") && { maxCopies: read.number("maxCopies", 1, 1_000, 1) }),
});

function runtimeOf(read: FieldReader): ImageDistributionSpec["runtime"] {
  const load = read.oneOf("load", ["Always", "Never"], "Always");
  const pin = read.oneOf("pin", ["Never", "WhileWanted"], "Never");
  if (load === "Never" && pin === "WhileWanted") read.problem("pin", "pin needs load: Always");
  return { load, pin };
}

const rolloutOf = (read: FieldReader): ImageDistributionSpec["rollout"] => ({
  maxParallel: read.share("maxParallel", 1, "100%"),
  failureThreshold: read.share("failureThreshold", 0, "10%"),
  progressDeadlineSeconds: read.number("progressDeadlineSeconds", 60, 86_400, 600),
});
