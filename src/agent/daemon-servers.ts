import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@grpc/grpc-js";
import type { Registry } from "prom-client";
import { formatAddress, isLoopback, packageDefinition } from "../api/index.ts";
import { type Log, openMetricsServer, runAll, systemClock } from "../runtime/index.ts";
import type { DaemonConfig } from "./config/daemon-config.ts";
import { AgentError } from "./errors.ts";
import { createHandlers } from "./grpc-handlers.ts";
import { openGrpcServer, type ServerTls } from "./grpc-server.ts";
import { isInternal } from "./grpc-status.ts";
import { createHealth } from "./health.ts";
import { type Images, SWEEP_GRACE_MS } from "./images.ts";
import type { Metrics } from "./metrics.ts";
import { createService, type ServiceDeps } from "./service.ts";
import { tryAgainUntilAborted } from "./try-again.ts";

export type DaemonServersOptions = {
  readonly config: DaemonConfig;
  readonly log: Log;
  readonly register: Registry;
  readonly metrics: Metrics;
  readonly tls?: ServerTls;
  readonly service: ServiceDeps;
};

/** Together less than the ten seconds in which a daemon must have ended. */
const DRAIN_MS = 5_000;
const SWEEP_EVERY_MS = 10 * 60 * 1_000;

export type DaemonServers = { run(images: Images, signal: AbortSignal): Promise<void> };

/** Opens what others reach the daemon by: its gRPC API and its metrics. */
export async function openDaemonServers(options: DaemonServersOptions): Promise<DaemonServers> {
  const { config, log, register, metrics, tls } = options;
  const handlers = createHandlers((method, error) => {
    if (!isInternal(error)) return;
    metrics.grpcFailures.inc();
    log.error("call failed", { method, error: String(error) });
  });
  const health = createHealth(handlers);
  for (const address of config.listen) {
    if (address.kind === "unix") await mkdir(dirname(address.path), { recursive: true });
    else if (tls === undefined && !isLoopback(address.host)) {
      log.warn("API without TLS on an address that others reach: --tls-cert protects it", {
        address: formatAddress(address),
      });
    }
  }
  warnOfStrandedLeechers(config, log);
  const grpc = await openGrpcServer({
    listen: config.listen,
    service: createService(options.service, handlers),
    health: health.handlers,
    ...(tls === undefined ? {} : { tls }),
    ...(config.grpcReflection ? { extend: addReflection } : {}),
  });
  const state = { restored: false, draining: false };
  const ready = () => {
    if (state.draining) return "shutting down";
    return state.restored ? undefined : "taking up earlier images";
  };
  const metricsServer =
    config.metricsListen &&
    (await openMetricsServer({
      ...config.metricsListen,
      metrics: register,
      live: [],
      ready: [{ name: "images", check: ready }],
    }));

  async function serve(images: Images, signal: AbortSignal): Promise<void> {
    await images.restore();
    state.restored = true;
    log.info("ready", { addresses: grpc.addresses.map(formatAddress), role: config.role.kind });
    await sweepUntilAborted(images, log, signal);
    state.draining = true;
    health.drain();
    await images.close();
    handlers.endCalls(new AgentError("SHUTTING_DOWN", "oci-torrentd is shutting down"));
    await grpc.close(DRAIN_MS);
  }

  return {
    run: (images, signal) =>
      runAll(
        [
          { name: "daemon", run: (stop) => serve(images, stop) },
          {
            name: "retries",
            run: (stop) => tryAgainUntilAborted({ images, log, clock: systemClock }, stop),
          },
          ...(metricsServer === undefined ? [] : [metricsServer]),
        ],
        signal,
      ),
  };
}

/** Others reach the API of such a seeder, but not the tracker that it names them. */
function warnOfStrandedLeechers({ role, listen }: DaemonConfig, log: Log): void {
  if (role.kind !== "seeder" || role.trackers.length > 0 || !isLoopback(role.advertisedHost))
    return;
  if (listen.every((address) => address.kind === "unix" || isLoopback(address.host))) return;
  log.warn("tracker named by a loopback address: name this machine's with --bind-address", {
    host: role.advertisedHost,
  });
}

async function sweepUntilAborted(images: Images, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(SWEEP_EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const freedBytes = await images.sweep(SWEEP_GRACE_MS);
    if (freedBytes > 0) log.info("unneeded blobs removed", { freedBytes });
  }
}

/** Loaded only when asked for: it is a tool for people who explore the API. */
async function addReflection(server: Server): Promise<void> {
  const { ReflectionService } = await import("@grpc/reflection");
  new ReflectionService(packageDefinition).addToServer(server);
}
