import { Server } from "@grpc/grpc-js";
import {
  hostAndPort,
  MAX_MESSAGE_BYTES,
  methods,
  RenewableCredentials,
  type ServerIdentity,
} from "../../api/index.ts";
import type { Log } from "../../runtime/index.ts";
import type { AgentConfig } from "../config/daemon-config.ts";
import { AgentError } from "../errors.ts";
import { createHandlers } from "../grpc-handlers.ts";
import { createService, type ServiceDeps } from "../service.ts";
import type { Membership } from "../session/membership.ts";
import type { CurrentMembership } from "./member-swarm.ts";

export type HashServerParts = {
  readonly config: AgentConfig;
  readonly membership: CurrentMembership;
  readonly log: Log;
};

/** Where other members ask for piece hashes. Of the daemon's API they get this alone: what a node does is not theirs to say. */
export type HashServer = AsyncDisposable & { readonly port: number };

/** @throws AgentError IN_USE */
export async function openHashServer(
  { config, membership, log }: HashServerParts,
  service: ServiceDeps,
  first: Membership,
): Promise<HashServer> {
  const listen = config.cluster.hashListen;
  const handlers = createHandlers((method, error) =>
    log.debug("peer not answered", { method, error: String(error) }),
  );
  const { GetTorrent, WatchTorrent } = createService(service, handlers);
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_concurrent_streams": 64,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 20_000,
  });
  server.addService(methods, { GetTorrent, WatchTorrent });
  const credentials = new RenewableCredentials(identityOf(membership.get() ?? first));
  membership.onRenewal(() => credentials.renew(identityOf(membership.get() ?? first)));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(hostAndPort(listen), credentials, (cause, bound) => {
      if (cause === null) resolve(bound);
      else {
        const why = `could not listen at ${hostAndPort(listen)}: ${cause.message}`;
        reject(new AgentError("IN_USE", `${why}: choose another --hash-listen`, { cause }));
      }
    });
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      handlers.endCalls(new AgentError("SHUTTING_DOWN", "oci-torrentd is shutting down"));
      server.forceShutdown();
    },
  };
}

const identityOf = ({ certificate, key, bundle }: Membership): ServerIdentity => ({
  certificate,
  key,
  clientCa: bundle,
});
