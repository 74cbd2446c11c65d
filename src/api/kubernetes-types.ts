// Names for the parts of our kinds that are passed around alone.
import type {
  ImageDistributionSpec,
  ImageDistributionStatus,
} from "./generated/kubernetes/image-distribution.ts";
import type {
  NodeImageSetSpec,
  NodeImageSetStatus,
} from "./generated/kubernetes/node-image-set.ts";

type Item<List> = NonNullable<List> extends readonly (infer Element)[] ? Element : never;

/** Which nodes, by their labels: all entries must match, and none means every node. */
export type LabelSelector = ImageDistributionSpec["nodeSelector"];
export type LabelRequirement = Item<LabelSelector["matchExpressions"]>;
export type Toleration = Item<ImageDistributionSpec["tolerations"]>;

/** A condition of either kind. */
export type Condition = Item<ImageDistributionStatus["conditions"]>;

export type Resolved = NonNullable<ImageDistributionStatus["resolved"]>;
export type NodeCounts = NonNullable<ImageDistributionStatus["nodes"]>;
/** Bytes, summed over all target nodes. */
export type ByteCounts = NonNullable<ImageDistributionStatus["bytes"]>;
/** The columns of `kubectl get`. */
export type DistributionSummary = NonNullable<ImageDistributionStatus["summary"]>;
export type ReasonCount = Item<ImageDistributionStatus["reasons"]>;
export type SeederEntry = Item<ImageDistributionStatus["seeders"]>;
export type LayerEntry = Item<ImageDistributionStatus["layers"]>;
export type FailureEntry = Item<ImageDistributionStatus["failures"]>;

/** An image that a node should hold. */
export type WantedImage = Item<NodeImageSetSpec["images"]>;
/** What became of one. */
export type HeldImage = Item<NodeImageSetStatus["images"]>;
export type HeldLayer = Item<HeldImage["layers"]>;
export type NodeImageState = HeldImage["state"];
