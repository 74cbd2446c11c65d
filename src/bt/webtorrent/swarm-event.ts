import type { BtError } from "../errors.ts";
import type { Refusal } from "./acceptor.ts";
import type { ViolationReason } from "./wire-guard.ts";

/** What an engine tells whoever keeps its log. `peer` is an address and port. */
export type SwarmEvent =
  | { readonly event: "tracker failed"; readonly infoHash: string; readonly error: BtError }
  | { readonly event: "peer refused"; readonly reason: Refusal }
  | {
      readonly event: "peer dropped";
      readonly infoHash: string;
      readonly peer: string;
      readonly reason: ViolationReason;
    }
  | { readonly event: "piece failed"; readonly infoHash: string; readonly piece: number }
  | { readonly event: "read failed"; readonly infoHash: string; readonly error: unknown }
  | { readonly event: "torrent failed"; readonly infoHash: string; readonly error: unknown }
  | { readonly event: "library failed"; readonly error: unknown };
