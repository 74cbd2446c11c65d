import type { Memory } from "../decide/world.ts";
import { AdmittedSwarms } from "../fleet/admitted-swarms.ts";
import { DecidedImages } from "../fleet/decided-images.ts";
import { Lacking } from "../fleet/lacking.ts";
import { LeaseTable } from "../fleet/lease-table.ts";
import { NodeSets } from "../fleet/node-sets.ts";
import { Reports } from "../fleet/reports.ts";

/** What a leader knows of its distributions besides what the API server and the sessions tell. Gone when it leads no more. */
export type Fleet = {
  readonly sets: NodeSets;
  readonly leases: LeaseTable;
  readonly reports: Reports;
  readonly lacking: Lacking;
  /** By distribution. */
  readonly memories: Map<string, Memory>;
  readonly images: DecidedImages;
  /** What the tracker serves. */
  readonly swarms: AdmittedSwarms;
  /** Distributions of which an agent that has something has come, and those who lack it were not told yet. */
  readonly newHolders: Set<string>;
};

/** Nodes that want a layer which this distribution wants too; its own are among them. */
export const nodesSharing = (fleet: Fleet, key: string): Set<string> =>
  new Set([key, ...fleet.images.sharing(key)].flatMap((one) => [...fleet.sets.of(one).keys()]));

/** @param leadingSince milliseconds since 1970 */
export const newFleet = (leadingSince: number): Fleet => ({
  sets: new NodeSets(),
  leases: new LeaseTable(Math.floor(leadingSince / 1_000)),
  reports: new Reports(),
  lacking: new Lacking(),
  memories: new Map(),
  images: new DecidedImages(),
  swarms: new AdmittedSwarms(),
  newHolders: new Set(),
});
