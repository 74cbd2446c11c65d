// Generated from the definition of imagedistributions.oci-torrent.io.
import type { KubernetesObject } from "../../kubernetes-object.ts";

/** What should be where. Every field can be changed at any time; nothing needs to be deleted and made again. */
export type ImageDistributionSpec = {
  /** The image, as a pod names it: registry/repository:tag, registry/repository@sha256:digest, or a short name such as busybox. A tag is looked up once and then pinned to its digest; to look again, change this field or the annotation oci-torrent.io/refresh. 1 to 512 characters. */
  readonly image: string;
  /** Secrets of this namespace, of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg, with credentials for the registry, as in a pod. The controller alone reads them; the registry is asked without any first. At most 8. Default: none. */
  readonly imagePullSecrets?: readonly {
    /** Name of a secret in this namespace. */
    readonly name: string;
  }[];
  /** A service account of this namespace whose imagePullSecrets count too, as for a pod, after spec.imagePullSecrets. Default: none, also not the namespace's default one. */
  readonly serviceAccountName?: string;
  /** Platforms to bring, each os/arch or os/arch/variant, such as linux/arm64. At most 8. Default: none named, which means the platforms of the target nodes. */
  readonly platforms?: readonly string[];
  /** Which nodes should have the image, by their labels: those that match every entry of matchLabels and matchExpressions. Default: {}, which means all nodes. */
  readonly nodeSelector: {
    /** Labels that a node must have, with these values. At most 32. Default: none. */
    readonly matchLabels?: Readonly<Record<string, string>>;
    /** Requirements on labels, all of which a node must meet. At most 32. Default: none. */
    readonly matchExpressions?: readonly {
      /** Key of the label, such as topology.kubernetes.io/zone. */
      readonly key: string;
      /** How the label's value relates to values. */
      readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
      /** Values for In and NotIn. At most 64. Default: none. */
      readonly values?: readonly string[];
    }[];
  };
  /** Taints that do not keep a node from being a target, as in a pod. Taints of a node's life cycle (node.kubernetes.io/*) never do. At most 16. Default: none. */
  readonly tolerations?: readonly {
    /** Key of the taint. Default: none, which with operator Exists means every taint. */
    readonly key?: string;
    /** Whether the taint's value counts. Default: Equal. */
    readonly operator: "Equal" | "Exists";
    /** Value of the taint, for operator Equal. Default: the empty value. */
    readonly value?: string;
    /** Effect of the taint. Default: none named, which means every effect. */
    readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
    /** Seconds. Has no effect here: accepted so that a pod's tolerations can be copied. Default: none. */
    readonly tolerationSeconds?: number;
  }[];
  /** The nodes that fetch from the registry, each a share of the layers, and give them to the others. Default: {}. */
  readonly seeders: {
    /** Seeders in each zone, 1 to 8 nodes. Default: 1 in zones of 3 target nodes or more; smaller zones then take from another zone's seeders. A number given here counts for every zone. */
    readonly perZone?: number;
    /** Seeders in all zones together, 1 to 64 nodes; the zones with most targets come first. Default: no limit of its own. */
    readonly max?: number;
    /** Label whose value is a node's zone. Default: topology.kubernetes.io/zone. */
    readonly topologyKey: string;
    /** Which nodes may be seeders, by their labels; they need not be targets. Default: the target nodes. */
    readonly nodeSelector?: {
      /** Labels that a node must have, with these values. At most 32. Default: none. */
      readonly matchLabels?: Readonly<Record<string, string>>;
      /** Requirements on labels, all of which a node must meet. At most 32. Default: none. */
      readonly matchExpressions?: readonly {
        /** Key of the label, such as topology.kubernetes.io/zone. */
        readonly key: string;
        /** How the label's value relates to values. */
        readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
        /** Values for In and NotIn. At most 64. Default: none. */
        readonly values?: readonly string[];
      }[];
    };
  };
  /** How fast each node may move this image. Default: {}, which means as fast as the node's agent may. */
  readonly limits: {
    /** Bytes a second that each node may send, a quantity from 1 to 1Ti such as 100Mi. Default: no limit but the agent's own. */
    readonly uploadBytesPerSecond?: string;
    /** Bytes a second that each node may receive, a quantity from 1 to 1Ti such as 100Mi. Default: no limit but the agent's own. */
    readonly downloadBytesPerSecond?: string;
  };
  /** How much the registry may be asked. Default: {}. */
  readonly registry: {
    /** Whether nodes may fetch from the registry themselves when no node can be seeder. Never: they wait. Default: AfterTimeout. */
    readonly fallback: "Never" | "AfterTimeout";
    /** Seconds without a seeder after which they do, 30 to 86400. Default: 300. */
    readonly fallbackAfterSeconds: number;
    /** Copies of the image that the registry may give away in all, 1 to 1000. Default: one for each seeder, and one more. */
    readonly maxCopies?: number;
  };
  /** What the node's container runtime gets. Default: {}. */
  readonly runtime: {
    /** Always: Ready means that the runtime has the image under the name that pods use. Never: the image stays in the agent's store, and Ready means stored and verified. Default: Always. */
    readonly load: "Always" | "Never";
    /** WhileWanted: the runtime's garbage collection spares the image as long as this object wants it. Default: Never. */
    readonly pin: "Never" | "WhileWanted";
  };
  /** How many nodes at a time, and how many may fail. Default: {}. */
  readonly rollout: {
    /** Nodes that may bring the image at the same time: a number from 1 up, or a percentage of the target nodes from 1% to 100%. Default: 100%. */
    readonly maxParallel: number | string;
    /** Nodes that may fail before the whole counts as failed instead of degraded: a number from 0 up, or a percentage of the target nodes from 0% to 100%. Default: 10%. */
    readonly failureThreshold: number | string;
    /** Seconds without a byte after which a node waits with reason NoSource, 60 to 86400. Default: 600. */
    readonly progressDeadlineSeconds: number;
  };
  /** Seconds that nodes go on serving what nobody wants any more, such as the image before a change of spec.image, 0 to 2592000 (30 days). Default: 86400. */
  readonly retentionSeconds: number;
  /** Where nodes bring several images, the one with the higher number goes first, -100 to 100. Default: 0. */
  readonly priority: number;
  /** True: transfers stop where they are, and go on from there later. Default: false. */
  readonly suspend: boolean;
};

/** What is where. Written by the controller alone. */
export type ImageDistributionStatus = {
  /** metadata.generation that this status is about. Default: -1, before the controller has seen the object. */
  readonly observedGeneration?: number;
  /** Value of the annotation oci-torrent.io/refresh for which the image was last resolved. */
  readonly lastHandledRefresh?: string;
  /** When work for this generation began. */
  readonly startTime?: string;
  /** When every target node had the image. Absent until then. */
  readonly completionTime?: string;
  /** When a node last received a byte or changed its state. */
  readonly lastProgressTime?: string;
  /** Resolved, Seeded, Ready, Reconciling, Stalled; and where they are true: Degraded, NodeWideReadable, TagMoved. */
  readonly conditions?: readonly {
    /** What the condition is about. */
    readonly type: string;
    /** Whether it holds. */
    readonly status: "True" | "False" | "Unknown";
    /** metadata.generation that it is about. */
    readonly observedGeneration?: number;
    /** When status last changed. */
    readonly lastTransitionTime: string;
    /** Why, in one word for programs. */
    readonly reason: string;
    /** Why, in a sentence for people. */
    readonly message: string;
  }[];
  /** The columns of kubectl get, as texts. Programs read the other fields. */
  readonly summary?: {
    /** Nodes that have the image / nodes that should, such as 37/40. */
    readonly ready: string;
    /** How much of what all nodes need is there, in percent, such as 93%. */
    readonly progress: string;
    /** Number of nodes that are seeders. */
    readonly seeders: string;
    /** How much of what the nodes fetched came from other nodes, in percent, such as 97%. */
    readonly fromPeers: string;
    /** Size of the image for one node, the largest where platforms differ, such as 1.2GiB. */
    readonly size?: string;
    /** What all nodes together receive now, such as 1.2GiB/s. Absent while nothing moves. */
    readonly rate?: string;
    /** How long it takes at this rate, such as 40s. Absent while nothing moves. */
    readonly eta?: string;
  };
  /** What the image is. Pinned until spec.image or the annotation oci-torrent.io/refresh changes. */
  readonly resolved?: {
    /** The image's full name, with host, repository and tag or digest. */
    readonly reference: string;
    /** What that names: an index, or the manifest of one platform. */
    readonly digest: string;
    /** Public when the registry gives it to anybody, Credentialed when it wanted a credential. */
    readonly access: "Public" | "Credentialed";
    /** When the registry said so. */
    readonly resolvedTime: string;
    /** The manifests that the target nodes need. */
    readonly platforms: readonly {
      /** os/arch or os/arch/variant. */
      readonly platform: string;
      /** Digest of its manifest. */
      readonly digest: string;
      /** Bytes of its manifest, config and layers. */
      readonly bytes: number;
      /** Number of its layers. */
      readonly layers: number;
    }[];
  };
  /** Target nodes, counted. ready, active, waiting and failed together are desired. */
  readonly nodes?: {
    /** Nodes that should have the image. */
    readonly desired: number;
    /** Nodes that have it. */
    readonly ready: number;
    /** Nodes that are bringing it. */
    readonly active: number;
    /** Nodes that cannot go on for now; reasons says why. */
    readonly waiting: number;
    /** Nodes that failed and will try again. */
    readonly failed: number;
    /** Nodes that match but do not count, being cordoned, being deleted, or not ready for more than 300 seconds. */
    readonly skipped: number;
  };
  /** Why nodes are not ready, the most frequent reason first. */
  readonly reasons?: readonly {
    /** The reason, in one word, such as InsufficientDisk. */
    readonly reason: string;
    /** Nodes with this reason. */
    readonly nodes: number;
  }[];
  /** Bytes of the image, summed over all target nodes. */
  readonly bytes?: {
    /** Bytes that should be there. */
    readonly total: number;
    /** Bytes that are there and verified. */
    readonly complete: number;
    /** Bytes that came from the registry. */
    readonly fromRegistry: number;
    /** Bytes that came from other nodes. */
    readonly fromPeers: number;
    /** Bytes that were on the node already, for another image or an earlier one. */
    readonly local: number;
  };
  /** The nodes elected to fetch from the registry. */
  readonly seeders?: readonly {
    /** Name of the node. */
    readonly node: string;
    /** Zone that it was elected for; empty where nodes have no zone. */
    readonly zone: string;
    /** Seeding; Suspect when its agent has been silent for seconds; Lost when it has been replaced, or will be. */
    readonly state: "Seeding" | "Suspect" | "Lost";
    /** Bytes that it took from the registry. */
    readonly registryBytes: number;
  }[];
  /** The layers of the image, of all platforms, at most 256 of them. */
  readonly layers?: readonly {
    /** Its digest. */
    readonly digest: string;
    /** Its media type. */
    readonly mediaType: string;
    /** Its size in bytes. */
    readonly bytes: number;
    /** Platforms whose images have it. Absent when all have. */
    readonly platforms?: readonly string[];
    /** Pending before any node has a part of it; Seeding while nodes lack it; Complete when every target has it; Unavailable when nodes lack it and nobody can give it. */
    readonly state: "Pending" | "Seeding" | "Complete" | "Unavailable";
    /** Nodes that have all of it and serve it. */
    readonly seeders: number;
    /** Nodes that should have it. */
    readonly nodesDesired: number;
    /** Nodes that have it, verified. */
    readonly nodesComplete: number;
    /** Nodes that are bringing it. */
    readonly nodesActive: number;
    /** Bytes of it that came from the registry, over all nodes. */
    readonly fromRegistry: number;
    /** Bytes of it that came from other nodes, over all nodes. */
    readonly fromPeers: number;
    /** Bytes of it that were on the node already, over all nodes. */
    readonly local: number;
  }[];
  /** What failed last on nodes, the newest first; a sample when there is more. */
  readonly failures?: readonly {
    /** Name of the node. */
    readonly node: string;
    /** Digest of the blob, where it is about one. */
    readonly digest?: string;
    /** Why, in one word. */
    readonly reason: string;
    /** Why, in a sentence. */
    readonly message: string;
    /** When. */
    readonly time: string;
  }[];
};

/** ImageDistribution brings one container image to the nodes of a cluster: the registry gives each byte away about once, and the nodes give it to each other. Its status says, layer by layer, how far it is and why not further. */
export type ImageDistribution = KubernetesObject<"oci-torrent.io/v1alpha1", "ImageDistribution"> & {
  readonly spec: ImageDistributionSpec;
  readonly status: ImageDistributionStatus;
};
