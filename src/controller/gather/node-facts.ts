import type { NodeFacts, Taint } from "../decide/world.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";
import { listAt, recordAt, textAt, timeOf } from "./read.ts";

/** What deciding needs of a Node (v1). One that says little is a node like any other. */
export function nodeFactsOf(node: KubeObject): NodeFacts {
  const { metadata } = node;
  const spec = recordAt(node, "spec");
  const info = recordAt(recordAt(node, "status"), "nodeInfo");
  const labels = metadata.labels ?? {};
  const createdAt = timeOf(metadata.creationTimestamp) ?? 0;
  return {
    name: metadata.name,
    labels,
    taints: listAt(spec, "taints").flatMap(taintOf),
    platform: `${textAt(info, "operatingSystem")}/${textAt(info, "architecture")}`,
    createdAt,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isCordoned: spec["unschedulable"] === true,
    isVirtual: isVirtual(labels),
    notReadySince: notReadySinceOf(node, createdAt),
  };
}

const ZONE = "topology.kubernetes.io/zone";

/** Empty for a node that names none. */
export const zoneIn = (node: KubeObject | undefined): string => node?.metadata.labels?.[ZONE] ?? "";

/** What is kept of a node in memory: images and the like are long, and of no use here. */
export function trimNode(node: KubeObject): KubeObject {
  const status = recordAt(node, "status");
  const { nodeInfo, conditions, addresses } = status;
  const annotations = {};
  return {
    metadata: { ...node.metadata, annotations },
    spec: recordAt(node, "spec"),
    status: { nodeInfo, conditions, addresses },
  };
}

function taintOf(value: unknown): Taint[] {
  const [key, taintValue, effect] = ["key", "value", "effect"].map((field) => textAt(value, field));
  if (!isRecord(value) || key === undefined || key === "") return [];
  return [{ key, value: taintValue ?? "", effect: effect ?? "" }];
}

/** Nodes that stand for a service instead of a machine; a DaemonSet's pods do not run there. */
const isVirtual = (labels: Readonly<Record<string, string>>): boolean =>
  labels["type"] === "virtual-kubelet" ||
  labels["kubernetes.io/role"] === "virtual-kubelet" ||
  labels["eks.amazonaws.com/compute-type"] === "fargate";

function notReadySinceOf(node: KubeObject, createdAt: number): number | undefined {
  const conditions = listAt(recordAt(node, "status"), "conditions");
  const ready = conditions.find((condition) => textAt(condition, "type") === "Ready");
  if (textAt(ready, "status") === "True") return undefined;
  return timeOf(textAt(ready, "lastTransitionTime")) ?? createdAt;
}
