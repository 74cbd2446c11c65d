import type { BtError } from "../errors.ts";
import type { Finding } from "./core/messages.ts";
import type { Violation } from "./protocol.ts";

/** What the engine tells whoever keeps its log. `peer` is an address and port, `name` a swarm name. */
export type LeanEvent =
  | { readonly event: "tracker failed"; readonly name: string; readonly error: BtError }
  | { readonly event: "peer refused"; readonly reason: Violation | "too many" }
  | { readonly event: "peer dropped"; readonly peer: string; readonly reason: Violation }
  | { readonly event: "peer blamed"; readonly peer?: string; readonly finding: Finding }
  | { readonly event: "read failed"; readonly name: string; readonly error: unknown }
  /** `name` is the blob's SHA-256. */
  | { readonly event: "fallback begun"; readonly name: string }
  | { readonly event: "fallback failed"; readonly name: string; readonly error: unknown }
  | { readonly event: "worker restarted"; readonly why: "threw" | "hung" };
