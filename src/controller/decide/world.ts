import type {
  ImageDistributionSpec,
  ImageDistributionStatus,
  NodeImageState,
  ResolutionFailure,
  WantedImage,
} from "../../api/index.ts";
import type { Digest } from "../../oci/index.ts";

// All that a decision about one ImageDistribution rests upon. Times are milliseconds since 1970, sizes are bytes.

export type World = {
  readonly now: number;
  /** Since when this process leads. */
  readonly leadingSince: number;
  /** Keys of taints that nodes have only while they start. */
  readonly startupTaints: ReadonlySet<string>;
  readonly distribution: Distribution;
  readonly resolution: Resolution;
  readonly nodes: readonly NodeFacts[];
  readonly agents: Agents;
  /** By node: what became of this distribution's image there, as far as is known. */
  readonly reports: ReadonlyMap<string, NodeReport>;
  /** By node: what was last written into its NodeImageSet for this distribution. */
  readonly assigned: ReadonlyMap<string, WantedImage>;
  /** Nodes whose NodeImageSet has no room besides what it has for this distribution. */
  readonly fullNodes: ReadonlySet<string>;
  /** Leases on blobs of this image, whichever distribution asked for them. */
  readonly leases: readonly Lease[];
  /** The highest generation that a blob's leases have had. */
  readonly generations: ReadonlyMap<Digest, number>;
  /** What the registry has given away for this image since it was resolved. */
  readonly registryBytes: number;
  readonly memory: Memory;
  /** The status as it was written last. */
  readonly status: ImageDistributionStatus;
};

export type Distribution = {
  /** namespace/name/uid */
  readonly key: string;
  readonly uid: string;
  readonly generation: number;
  /** Gone, or being deleted. */
  readonly isDeleted: boolean;
  readonly spec: ImageDistributionSpec;
  /** Why the spec cannot be used, in a sentence; undefined when it can. */
  readonly problem: string | undefined;
  /** Of the annotation oci-torrent.io/refresh. */
  readonly refresh: string | undefined;
};

export type Resolution =
  | { readonly state: "wanted" }
  | { readonly state: "failed"; readonly reason: ResolutionFailure; readonly message: string }
  | { readonly state: "done"; readonly image: ResolvedImage };

export type ResolvedImage = {
  /** With host, repository and tag or digest. */
  readonly reference: string;
  readonly host: string;
  readonly digest: Digest;
  readonly access: "Public" | "Credentialed";
  readonly resolvedAt: number;
  /** The value of the refresh annotation that it answers. */
  readonly refresh: string | undefined;
  /** What the tag named before, where a refresh found something else. */
  readonly movedFrom: Digest | undefined;
  readonly platforms: readonly PlatformImage[];
};

export type PlatformImage = {
  /** os/arch or os/arch/variant. */
  readonly platform: string;
  readonly digest: Digest;
  /** Of manifest, config and layers. */
  readonly bytes: number;
  /** Each once. The config is none of them: agents get it with their assignment. */
  readonly layers: readonly Layer[];
};

export type Layer = { readonly digest: Digest; readonly size: number; readonly mediaType: string };

export type NodeFacts = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** os/arch or os/arch/variant. */
  readonly platform: string;
  readonly createdAt: number;
  readonly isDeleting: boolean;
  readonly isCordoned: boolean;
  /** Stands for no machine: nothing can run an agent there. */
  readonly isVirtual: boolean;
  /** Since when the node is not ready; undefined while it is. */
  readonly notReadySince: number | undefined;
};

export type Taint = { readonly key: string; readonly value: string; readonly effect: string };

/** Agents that have been heard of since this process leads: there may be thousands, and most have nothing of an image. */
export type Agents = {
  get(node: string): Agent | undefined;
  /** Nodes whose agents have something of one of the blobs. */
  having(digests: Iterable<Digest>): ReadonlySet<string>;
};

export type Agent = {
  /** When the session that is open, or was last, began. */
  readonly attachedAt: number;
  readonly heardAt: number;
  /** When the session broke; undefined while it is open. */
  readonly brokenAt: number | undefined;
  readonly freeBytes: number;
  readonly reservedBytes: number;
  /** Blobs that it has whole and verified. */
  readonly held: Pick<ReadonlySet<Digest>, "has">;
  readonly pieces: ReadonlyMap<Digest, Pieces>;
  /** Registries that it said it cannot reach. */
  readonly unreachable: ReadonlySet<string>;
  /** Other distributions for which it is a seeder. */
  readonly seedsElsewhere: number;
};

/** Which pieces of a blob are there: one bit each, the first is the highest of the first byte. */
export type Pieces = { readonly pieceCount: number; readonly pieces: Uint8Array };

export type NodeReport = {
  readonly revision: string;
  readonly state: NodeImageState;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** When it came into this state. */
  readonly since: number;
  /** When it last had more bytes than before or another state, or was told something else. */
  readonly movedAt: number;
  /** Of its layers and config. */
  readonly completedBytes: number;
  readonly registryBytes: number;
  readonly peerBytes: number;
  readonly localBytes: number;
  readonly bytesPerSecond: number;
  readonly layers: readonly LayerReport[];
};

export type LayerReport = {
  readonly digest: Digest;
  readonly completedBytes: number;
  readonly registryBytes: number;
  readonly peerBytes: number;
  readonly localBytes: number;
};

/** A node's right and duty to take a blob from the registry, for its zone. */
export type Lease = {
  readonly digest: Digest;
  readonly zone: string;
  readonly node: string;
  readonly generation: number;
  readonly fromPiece: number;
  /** Key of the distribution that asked for it. */
  readonly owner: string;
  /** Why it came to nothing, and when. */
  readonly failure: { readonly message: string; readonly at: number } | undefined;
};

/** What a decision tells the next. */
export type Memory = {
  /** Digest of the image that it is about; for another it counts for nothing. */
  readonly image: Digest | undefined;
  readonly seeders: readonly Elected[];
  /** Seeders that were lost, the latest last. */
  readonly lost: readonly (Elected & { readonly at: number })[];
  /** Since when nobody can be a seeder. */
  readonly noSeederSince: number | undefined;
};

export type Elected = { readonly node: string; readonly zone: string; readonly platform: string };

export const NO_MEMORY: Memory = {
  image: undefined,
  seeders: [],
  lost: [],
  noSeederSince: undefined,
};
