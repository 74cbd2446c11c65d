import { readFile } from "node:fs/promises";
import type { ClientTls } from "../../api/index.ts";
import { type EndpointMap, endpointMap, withInsecureHosts } from "../../oci/index.ts";
import { AgentError } from "../errors.ts";
import type { ServerTls } from "../grpc-server.ts";
import type { DaemonConfig } from "./daemon-config.ts";

// The files that a configuration names, read once at the start.

/** The servers of each registry. Throws CONFIG_INVALID with every mistake at once. */
export async function endpointsFrom(config: DaemonConfig): Promise<EndpointMap> {
  const hosts = Object.entries(config.registries).map(async ([host, endpoints]) => {
    const read = endpoints.map(async ({ caFile, ...endpoint }) => ({
      ...endpoint,
      ...(caFile === undefined ? {} : { ca: await readText(caFile, "caFile") }),
    }));
    return [host, await Promise.all(read)] as const;
  });
  const map = endpointMap(Object.fromEntries(await Promise.all(hosts)));
  return withInsecureHosts(map, config.insecureRegistries);
}

export async function serverTlsFrom(tls: DaemonConfig["tls"]): Promise<ServerTls | undefined> {
  if (tls === undefined) return undefined;
  return {
    cert: await readText(tls.certFile, "--tls-cert"),
    key: await readText(tls.keyFile, "--tls-key"),
    clientCa: await readText(tls.clientCaFile, "--tls-client-ca"),
  };
}

/** One certificate authority for all daemons: what proves us to callers proves us to seeders too. */
export async function toSeedersTls(tls: DaemonConfig["tls"]): Promise<ClientTls | undefined> {
  const own = await serverTlsFrom(tls);
  return own && { ca: own.clientCa, certificate: { cert: own.cert, key: own.key } };
}

async function readText(file: string, setting: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new AgentError(
      "ARGUMENT_INVALID",
      `${setting}: could not read ${file}: ${(cause as Error).message}`,
      { cause },
    );
  }
}
