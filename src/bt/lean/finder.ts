import type { BtError } from "../errors.ts";
import { addressOf } from "../peer-address.ts";
import { createTrackerClient, type PeerAddress, type TrackerClient } from "../tracker-client.ts";
import type { LeanBlob } from "./blob.ts";
import type { Peer } from "./core/messages.ts";

export type FinderDeps = {
  readonly peerId: string;
  readonly zone: string;
  /** Where agents reach us: a tracker takes the address from where the announce came. */
  readonly listening: PeerAddress;
  /** Where foreign clients reach us; undefined when they may not. */
  readonly foreignListening: PeerAddress | undefined;
  zoneOf(address: string): string;
  found(blob: LeanBlob, peers: readonly Peer[]): void;
  /** Lets an agent know that we are here: only who downloads dials, and it has not heard of us yet. */
  knock(address: PeerAddress): void;
  failed(blob: LeanBlob, error: BtError): void;
};

/** Finds the peers of blobs through trackers, and lets itself be found: under the swarm's name, and for foreign clients under the info hash. */
export type Finder = {
  begin(blob: LeanBlob): void;
  /** The blob is complete, or has become a torrent. */
  completed(blob: LeanBlob): void;
  end(blob: LeanBlob): Promise<void>;
};

type Announcing = { readonly named: TrackerClient; foreign: TrackerClient | undefined };

export function createFinder(deps: FinderDeps): Finder {
  const announcing = new Map<LeanBlob, Announcing>();
  const agents = new Set<string>();

  const announce = (blob: LeanBlob, infoHash: string, kind: Peer["kind"], at: PeerAddress) =>
    createTrackerClient({
      trackers: blob.trackers,
      infoHash,
      peerId: deps.peerId,
      port: at.port,
      localAddress: localAddressOf(at),
      zone: deps.zone,
      counters: () => ({
        uploaded: blob.uploadedBytes,
        downloaded: blob.completedBytes - blob.resumedBytes,
        left: blob.shape.size - blob.completedBytes,
      }),
      onPeers: (addresses) =>
        kind === "agent" ? metAgents(blob, addresses) : metForeign(blob, addresses),
      onFailure: (error) => deps.failed(blob, error),
    });

  function metAgents(blob: LeanBlob, addresses: readonly PeerAddress[]): void {
    if (agents.size > MAX_AGENTS) agents.clear();
    const peers = addresses.map(({ host, port }): Peer => {
      const address = addressOf(host, port);
      agents.add(address);
      return { node: address, zone: deps.zoneOf(address), address, kind: "agent" };
    });
    if (!blob.isComplete && !blob.isGrowing) deps.found(blob, peers);
    else for (const address of addresses) deps.knock(address);
  }

  /** One connection a blob, so the blob's key is part of who the peer is. */
  function metForeign(blob: LeanBlob, addresses: readonly PeerAddress[]): void {
    if (blob.isComplete) return;
    const peers = addresses.flatMap(({ host, port }): Peer[] => {
      const address = addressOf(host, port);
      if (agents.has(address)) return [];
      return [
        {
          node: foreignNode(address, blob.key),
          zone: deps.zoneOf(address),
          address,
          kind: "foreign",
        },
      ];
    });
    deps.found(blob, peers);
  }

  const announceForeign = (blob: LeanBlob): TrackerClient | undefined => {
    const { foreignListening } = deps;
    if (blob.torrent === undefined || foreignListening === undefined) return undefined;
    return announce(blob, blob.torrent.infoHash, "foreign", foreignListening);
  };

  return {
    begin: (blob) => {
      const named = announce(blob, blob.key, "agent", deps.listening);
      announcing.set(blob, { named, foreign: announceForeign(blob) });
    },
    completed: (blob) => {
      const both = announcing.get(blob);
      if (both === undefined) return;
      both.named.completed();
      if (both.foreign === undefined) both.foreign = announceForeign(blob);
      else both.foreign.completed();
    },
    end: async (blob) => {
      const both = announcing.get(blob);
      announcing.delete(blob);
      await Promise.all([both?.named.close(), both?.foreign?.close()]);
    },
  };
}

/** undefined leaves it to the kernel. */
export const localAddressOf = ({ host }: PeerAddress): string | undefined =>
  ["", "0.0.0.0", "::"].includes(host) ? undefined : host;

const MAX_AGENTS = 20_000;

const SEPARATOR = " for ";
export const foreignNode = (address: string, key: string): string => `${address}${SEPARATOR}${key}`;
export const foreignKey = ({ node }: Peer): string =>
  node.slice(node.indexOf(SEPARATOR) + SEPARATOR.length);
