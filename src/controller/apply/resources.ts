import { API_GROUP, API_VERSION, PLURALS } from "../../api/index.ts";
import type { Resource } from "../kube/resource.ts";

const ours = (plural: string): Resource => ({
  group: API_GROUP,
  version: API_VERSION.split("/")[1] ?? "",
  plural,
});

export const DISTRIBUTIONS = ours(PLURALS.ImageDistribution);
export const NODE_IMAGE_SETS = ours(PLURALS.NodeImageSet);
export const NODES: Resource = { group: "", version: "v1", plural: "nodes" };
export const EVENTS: Resource = { group: "events.k8s.io", version: "v1", plural: "events" };
