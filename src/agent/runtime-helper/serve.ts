import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Server } from "@grpc/grpc-js";
import { MAX_MESSAGE_BYTES, runtimeHelperMethods } from "../../api/index.ts";
import { type Log, systemClock } from "../../runtime/index.ts";
import { bindSocket, shutDown } from "../grpc-socket.ts";
import { openContainerRuntime } from "./container-runtime.ts";
import type { HelperConfig } from "./helper-config.ts";
import { createHostsDirectory } from "./hosts-directory.ts";
import { createService } from "./service.ts";

/** Calls under way that are told to end do so at once. */
const DRAIN_MS = 3_000;

/** Serves the agent until the signal aborts. What it has written for the runtime's sake goes with it. */
export async function serve(config: HelperConfig, log: Log, signal: AbortSignal): Promise<void> {
  const runtime = openContainerRuntime(config.socket);
  const hosts = createHostsDirectory(config.hostsDirectory);
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_concurrent_streams": 32,
    "grpc.max_metadata_size": 16 * 1024,
  });
  const { socket, load: choice } = config;
  const deps = { runtime, hosts, socket, choice, clock: systemClock, log, signal };
  server.addService(runtimeHelperMethods, createService(deps));
  try {
    await mkdir(dirname(config.listen), { recursive: true });
    await bindSocket(server, { kind: "unix", path: config.listen });
    log.info("ready", { socket: config.listen, runtime: socket });
    await aborted(signal);
  } finally {
    await shutDown(server, DRAIN_MS);
    await hosts.clear();
    runtime.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
