import { status } from "@grpc/grpc-js";
import type { HealthHandlers } from "../api/index.ts";
import { type Bell, createBell } from "./bell.ts";
import type { Handlers } from "./grpc-handlers.ts";

/** What the gRPC health checking protocol says of this daemon. */
export interface Health {
  readonly handlers: HealthHandlers;
  /** From now on NOT_SERVING: whoever asks should go elsewhere. */
  drain(): void;
}

const SERVICES = new Set(["", "ocitorrent.v1.OciTorrent"]);

export function createHealth(handlers: Handlers): Health {
  const changed: Bell = createBell();
  let draining = false;
  const now = () => ({ status: draining ? ("NOT_SERVING" as const) : ("SERVING" as const) });
  return {
    handlers: {
      Check: (call, callback) => {
        if (SERVICES.has(call.request.service)) callback(null, now());
        else callback({ code: status.NOT_FOUND, details: "no such service here" });
      },
      Watch: handlers.stream(async function* ({ service }, signal) {
        while (true) {
          yield SERVICES.has(service) ? now() : { status: "SERVICE_UNKNOWN" as const };
          await changed.next(signal);
        }
      }),
    },
    drain() {
      draining = true;
      changed.ring();
    },
  };
}
