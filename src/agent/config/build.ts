import { resolve } from "node:path";
import type { RegistriesConfig } from "../../settings/index.ts";
import type { AgentConfig, CommonConfig, DaemonConfig, TrackerConfig } from "./daemon-config.ts";
import type { Environment } from "./environment.ts";
import type { Merged } from "./merge.ts";
import { roleFrom } from "./role.ts";

/** For values that keep the rules of daemons. `cwd` is where relative paths begin. */
export function buildDaemonConfig(
  merged: Merged,
  registries: RegistriesConfig,
  cwd: string,
): DaemonConfig {
  const { values } = merged;
  const { tlsCert, tlsKey, tlsClientCa, bindAddress } = values;
  const tls =
    tlsCert === undefined || tlsKey === undefined || tlsClientCa === undefined
      ? {}
      : {
          tls: {
            certFile: resolve(cwd, tlsCert),
            keyFile: resolve(cwd, tlsKey),
            clientCaFile: resolve(cwd, tlsClientCa),
          },
        };
  return {
    ...commonConfig(merged, cwd),
    rootDir: resolve(cwd, values.rootDir),
    role: roleFrom(values),
    listen: values.listen,
    rates: { upload: values.uploadRate, download: values.downloadRate },
    connTimeoutMs: values.connTimeoutMs,
    hardlink: values.hardlink,
    btPort: values.btPort,
    engine: values.engine,
    ...(values.peerListen === undefined ? {} : { peerListen: values.peerListen }),
    ...(values.zone === undefined ? {} : { zone: values.zone }),
    ...(bindAddress === undefined ? {} : { bindAddress }),
    insecureRegistries: values.insecureRegistries,
    registries: withAbsoluteFiles(registries, cwd),
    ...tls,
    metricsListen: values.metricsListen,
    grpcReflection: values.grpcReflection,
  };
}

/** For values that keep the rules of agents. */
export function buildAgentConfig(
  merged: Merged,
  registries: RegistriesConfig,
  cwd: string,
  env: Environment,
): AgentConfig {
  const { values } = merged;
  const server = values.apiServer ?? apiServerOfPod(env);
  const host = values.bindAddress ?? "0.0.0.0";
  return {
    ...buildDaemonConfig(merged, registries, cwd),
    role: { kind: "leecher", seeders: [], trackers: [] },
    peerListen: values.peerListen ?? { host, port: PEER_PORT },
    cluster: {
      nodeName: values.nodeName ?? "",
      podUid: values.podUid ?? "",
      addresses: values.nodeAddresses,
      hashListen: values.hashListen ?? { host, port: HASH_PORT },
      controllers: values.controllers,
      controllerName: values.controllerName,
      controllerCaFile: resolve(cwd, values.controllerCa),
      sessionTokenFile: resolve(cwd, values.sessionToken),
      store: { minFreePercent: values.minFreePercent, maxBytes: values.storeMaxBytes },
      ...(values.runtimeHelper !== undefined && {
        loading: { helper: values.runtimeHelper, mirrorListen: values.mirrorListen },
      }),
      ...(server !== undefined && {
        api: {
          server,
          tokenFile: resolve(cwd, values.apiToken),
          caFile: resolve(cwd, values.apiCa),
        },
      }),
    },
  };
}

/** As Kubernetes tells every pod. */
function apiServerOfPod(env: Environment): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return undefined;
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Of agents among themselves: for pieces, and for piece hashes. */
const PEER_PORT = 6880;
const HASH_PORT = 6884;

/** For values that keep the rules of trackers. */
export function buildTrackerConfig(merged: Merged, cwd: string): TrackerConfig {
  const { values, where } = merged;
  const [flag] = values.listen;
  const own = where("listen") !== undefined && flag?.kind === "tcp" ? flag : values.trackerListen;
  return {
    ...commonConfig(merged, cwd),
    listen: { host: own.host, port: own.port },
    // A daemon on the same machine has the default's port.
    metricsListen: where("metricsListen") === undefined ? undefined : values.metricsListen,
  };
}

function commonConfig({ values, rank }: Merged, cwd: string): Omit<CommonConfig, "metricsListen"> {
  const debug = values.debug && rank("debug") <= rank("logLevel");
  return {
    logLevel: debug ? "debug" : values.logLevel,
    ...(values.pidfile === undefined ? {} : { pidfile: resolve(cwd, values.pidfile) }),
  };
}

const withAbsoluteFiles = (registries: RegistriesConfig, cwd: string): RegistriesConfig =>
  Object.fromEntries(
    Object.entries(registries).map(([host, endpoints]) => [
      host,
      endpoints.map((endpoint) =>
        endpoint.caFile === undefined
          ? endpoint
          : { ...endpoint, caFile: resolve(cwd, endpoint.caFile) },
      ),
    ]),
  );
