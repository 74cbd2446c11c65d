import type { Address } from "../../api/index.ts";
import type { LogLevel } from "../../runtime/index.ts";
import type { HostPort, RegistriesConfig } from "../../settings/index.ts";
import type { StoreLimits } from "../disk/store-limits.ts";
import type { Engine } from "./agent-kinds.ts";

/** Everything that every command needs. */
export type CommonConfig = {
  readonly logLevel: LogLevel;
  /** Absolute. */
  readonly pidfile?: string;
  /** Undefined when switched off. */
  readonly metricsListen: HostPort | undefined;
};

export type DaemonConfig = CommonConfig & {
  /** Absolute. */
  readonly rootDir: string;
  readonly role: Role;
  /** Where the gRPC API listens; at least one. */
  readonly listen: readonly Address[];
  /** Bytes per second; 0 is no limit. */
  readonly rates: { readonly upload: number; readonly download: number };
  readonly connTimeoutMs: number;
  readonly hardlink: boolean;
  /** 0 asks the system for a free one. */
  readonly btPort: number;
  readonly engine: Engine;
  /** Where daemons of ours connect; absent: at the port for BitTorrent peers. */
  readonly peerListen?: HostPort;
  /** Absent: that of all others which name none. */
  readonly zone?: string;
  /** IP address to dial from. */
  readonly bindAddress?: string;
  /** `HOST[:PORT]`, in lower case. */
  readonly insecureRegistries: readonly string[];
  readonly registries: RegistriesConfig;
  /** PEM files, by absolute paths. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCaFile: string;
  };
  readonly grpcReflection: boolean;
};

export type Role =
  /** Fetches from registries and seeds. */
  | {
      readonly kind: "seeder";
      /** Announce URLs; empty where it runs a tracker of its own. */
      readonly trackers: readonly string[];
      readonly trackerListen: HostPort;
      /** The host under which leechers reach a tracker of its own; the port is the one it then listens on. */
      readonly advertisedHost: string;
      /** Leechers may ask for images that nobody has started here. */
      readonly fetchOnRequest: boolean;
    }
  /** Takes from seeders and peers. */
  | {
      readonly kind: "leecher";
      /** At least one. */
      readonly seeders: readonly Address[];
      /** Announce URLs; where empty, those that the seeders name. */
      readonly trackers: readonly string[];
      /** After so long without anything from seeders and peers, registries are asked; never when absent. */
      readonly fallbackAfterMs?: number;
    }
  /** Takes from registries alone, without BitTorrent. */
  | { readonly kind: "puller" };

/** A daemon that a cluster's controller leads: a leecher whose seeders and trackers the controller names. */
export type AgentConfig = DaemonConfig & { readonly cluster: ClusterConfig };

/** What an agent is in its cluster, and where its controllers are. */
export type ClusterConfig = {
  readonly nodeName: string;
  readonly podUid: string;
  /** At which other agents reach it; 1 to 4. */
  readonly addresses: readonly string[];
  /** Where other agents ask for piece hashes. */
  readonly hashListen: HostPort;
  /** At least one. */
  readonly controllers: readonly HostPort[];
  /** In their certificates. */
  readonly controllerName: string;
  /** Absolute. */
  readonly controllerCaFile: string;
  readonly sessionTokenFile: string;
  readonly store: StoreLimits;
  /** How images come into the container runtime; they do not when absent. */
  readonly loading?: { readonly helper: Address; readonly mirrorListen: HostPort };
  /** Where the node's status is written; nowhere when absent. */
  readonly api?: { readonly server: string; readonly tokenFile: string; readonly caFile: string };
};

/** A tracker alone. */
export type TrackerConfig = CommonConfig & { readonly listen: HostPort };
