import { HelperError, type RuntimeFacts } from "./runtime-helper.ts";

/** How far an image that is stored is on its way into the container runtime. */
export type LoadState =
  | { readonly state: "queued" }
  | { readonly state: "loading" }
  | { readonly state: "loaded" }
  /** It goes on by itself once the cause is gone. */
  | {
      readonly state: "waiting";
      readonly reason: "RuntimeNotReady" | "StoreOnly" | "InsufficientDisk";
      readonly message: string;
    }
  /** It is tried again, later and later. */
  | { readonly state: "failed"; readonly reason: "LoadFailed"; readonly message: string };

/** What an image waits for while nothing can be loaded; undefined where images can. */
export function runtimeInTheWay({
  loadMethod,
  reason,
  message,
}: RuntimeFacts): LoadState | undefined {
  if (loadMethod !== "StoreOnly") return undefined;
  if (reason === "NotTried") return { state: "queued" };
  const isAway = reason === "SocketMissing";
  return { state: "waiting", reason: isAway ? "RuntimeNotReady" : "StoreOnly", message };
}

export function stateAfter(error: unknown): LoadState {
  const { message } = error as Error;
  const code = error instanceof HelperError ? error.code : "FAILED";
  switch (code) {
    case "AWAY":
      return { state: "waiting", reason: "RuntimeNotReady", message };
    case "UNSUPPORTED":
      return { state: "waiting", reason: "StoreOnly", message };
    case "FULL":
      return { state: "waiting", reason: "InsufficientDisk", message };
    case "FAILED":
      return { state: "failed", reason: "LoadFailed", message };
  }
}
