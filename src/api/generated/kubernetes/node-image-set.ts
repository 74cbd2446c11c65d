// Generated from the definition of nodeimagesets.oci-torrent.io.
import type { KubernetesObject } from "../../kubernetes-object.ts";

/** What the node should hold. Written by the controller. */
export type NodeImageSetSpec = {
  /** The images, one for each ImageDistribution that wants one here. */
  readonly images: readonly {
    /** The ImageDistribution that wants it, as namespace/name/uid. */
    readonly key: string;
    /** The image as the ImageDistribution names it. */
    readonly image: string;
    /** Digest of the manifest for this node's platform. */
    readonly digest: string;
    /** os/arch or os/arch/variant. */
    readonly platform: string;
    /** Seeder when the node fetches from the registry for others, else Leecher. */
    readonly role: "Seeder" | "Leecher";
    /** Whether the image goes into the container runtime, Always or Never. */
    readonly load: "Always" | "Never";
    /** Whether the runtime's garbage collection spares it, WhileWanted or Never. */
    readonly pin: "Never" | "WhileWanted";
    /** The image with the higher number goes first, -100 to 100. */
    readonly priority: number;
    /** Follows from digest, platform, role, load and pin; another revision is another task. */
    readonly revision: string;
  }[];
};

/** What the node holds. Written by the node's agent alone: within 5 s of a change where there are up to 75 agents, within 80 s where there are 1,000. What ImageDistributions say of nodes does not wait for it. */
export type NodeImageSetStatus = {
  /** metadata.generation that this status is about. Default: -1, before the agent has seen the object. */
  readonly observedGeneration?: number;
  /** The columns of kubectl get. Programs read the other fields. */
  readonly summary?: {
    /** Images that are ready / images that should be, such as 3/4. */
    readonly ready: string;
    /** Images that are being brought. */
    readonly active: number;
    /** Images that failed and will be tried again. */
    readonly failed: number;
    /** Size of all blobs in the agent's store, such as 1.2GiB. */
    readonly stored: string;
  };
  /** The agent on the node. */
  readonly agent?: {
    /** Its version. */
    readonly version: string;
    /** IP addresses at which other agents reach it. */
    readonly addresses: readonly string[];
    /** TCP ports at which other agents reach it. */
    readonly ports: {
      /** Port for pieces of layers. */
      readonly peer: number;
      /** Port of its gRPC API. */
      readonly grpc: number;
    };
    /** Higher by one with each start of the agent. */
    readonly sessionEpoch: number;
  };
  /** The file system with the agent's store, in bytes. */
  readonly store?: {
    /** Bytes that the file system has. */
    readonly capacityBytes: number;
    /** Bytes that the agent's blobs take. */
    readonly usedBytes: number;
    /** Bytes that are free on the file system. */
    readonly freeBytes: number;
    /** Bytes that images under way will still take. */
    readonly reservedBytes: number;
  };
  /** The node's container runtime, as a trial with a small image has shown it. Absent where the agent has no runtime helper. */
  readonly runtime?: {
    /** What it calls itself, such as containerd; empty while it does not answer. */
    readonly name: string;
    /** Its version. */
    readonly version: string;
    /** Loopback, it takes images from the agent as from a registry; Import, they are written into its store; StoreOnly, images are stored and cannot be loaded. */
    readonly loadMethod: "Loopback" | "Import" | "StoreOnly";
    /** Whether pods find loaded images by their tags. */
    readonly namesTags: boolean;
    /** Whether it keeps the kubelet from removing pinned images. */
    readonly canPin: boolean;
  };
  /** What became of the images of the spec. */
  readonly images?: readonly {
    /** The key in the spec. */
    readonly key: string;
    /** The revision in the spec that this is about. */
    readonly revision: string;
    /** Waiting for what reason says; Fetching its blobs; Stored, all blobs verified; Loading into the runtime; Ready; Failed, and tried again later; Releasing, as nobody wants it any more. */
    readonly state: "Waiting" | "Fetching" | "Stored" | "Loading" | "Ready" | "Failed" | "Releasing";
    /** Why it is Waiting or Failed, in one word. Absent in other states. */
    readonly reason?: string;
    /** The same in a sentence. */
    readonly message?: string;
    /** Bytes that are there and verified. */
    readonly completedBytes: number;
    /** Bytes of all its blobs. */
    readonly totalBytes: number;
    /** Bytes that came from the registry. */
    readonly fromRegistry: number;
    /** Bytes that came from other nodes. */
    readonly fromPeers: number;
    /** Bytes that were on the node already. */
    readonly local: number;
    /** When state last changed. */
    readonly lastTransitionTime: string;
    /** Its blobs, while it is incomplete and among the four images furthest ahead. */
    readonly layers?: readonly {
      /** Its digest. */
      readonly digest: string;
      /** Pending, Fetching, or Complete when it is verified. */
      readonly state: "Pending" | "Fetching" | "Complete";
      /** Bytes of it that are there. */
      readonly completed: number;
      /** Its size in bytes. */
      readonly size: number;
    }[];
  }[];
  /** AgentReady, RegistryReachable, DiskPressure, RuntimeReady. */
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
};

/** NodeImageSet says which images the node of its name should hold, and which it does hold. The controller makes it and writes its spec; the node's agent writes its status. It goes with the node. */
export type NodeImageSet = KubernetesObject<"oci-torrent.io/v1alpha1", "NodeImageSet"> & {
  readonly spec: NodeImageSetSpec;
  readonly status: NodeImageSetStatus;
};
