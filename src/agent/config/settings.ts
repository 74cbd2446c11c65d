import type { DaemonDirectories } from "../../runtime/index.ts";
import {
  addressKind,
  apiServerKind,
  booleanKind,
  hostPortKind,
  hostPortOrOffKind,
  ipAddressKind,
  logLevelKind,
  pathKind,
  registryHostKind,
  remoteAddressKind,
  trackerUrlKind,
  type ValueKind,
  wordKind,
} from "../../settings/index.ts";
import { engineKind, fallbackKind, nodeNameKind, userIdKind, zoneKind } from "./agent-kinds.ts";
import { durationKind, portKind, rateKind } from "./quantity-kinds.ts";
import { keptFreeKind, sizeLimitKind } from "./size-kinds.ts";

/** One setting of the daemon, whatever it is given by: flag, environment or file. */
export type Setting<T> = {
  /** Without dashes; `root-dir` is also the environment variable OCI_TORRENT_ROOT_DIR. */
  readonly flag: string;
  readonly alias?: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** Where a file has it; nowhere for what a file cannot say. */
  readonly yaml: readonly string[];
  readonly help: string;
  readonly commands: readonly Command[];
  readonly kind: ValueKind<unknown>;
  readonly repeatable: boolean;
  /** The texts that hold when nobody gives any: at most one unless repeatable. */
  readonly initial: (directories: DaemonDirectories) => readonly string[];
  readonly read: (texts: readonly string[]) => T;
};

export type Command = "daemon" | "agent" | "tracker" | "config" | "init-data";

type Description = {
  readonly flag: string;
  readonly alias?: string;
  readonly short?: string;
  readonly yaml: readonly string[];
  readonly help: string;
  readonly commands?: readonly Command[];
};

const NODES: readonly Command[] = ["daemon", "agent"];
const AGENT: readonly Command[] = ["agent"];
const SERVERS: readonly Command[] = [...NODES, "tracker"];
const ALL: readonly Command[] = [...SERVERS, "config"];
const INIT_DATA: readonly Command[] = ["init-data"];

function setting<T>(
  kind: ValueKind<T>,
  initial: string | ((directories: DaemonDirectories) => string),
  description: Description,
): Setting<T> {
  return {
    commands: ["daemon"],
    ...description,
    kind,
    repeatable: false,
    initial: (directories) => [typeof initial === "string" ? initial : initial(directories)],
    read: ([text]) => kind.parse(text ?? ""),
  };
}

function optional<T>(kind: ValueKind<T>, description: Description): Setting<T | undefined> {
  return {
    commands: ["daemon"],
    ...description,
    kind,
    repeatable: false,
    initial: () => [],
    read: ([text]) => (text === undefined ? undefined : kind.parse(text)),
  };
}

function repeatable<T>(
  kind: ValueKind<T>,
  description: Description,
  initial: Setting<readonly T[]>["initial"] = () => [],
): Setting<readonly T[]> {
  return {
    commands: ["daemon"],
    ...description,
    kind,
    repeatable: true,
    initial,
    read: (texts) => texts.map((text) => kind.parse(text)),
  };
}

/** All there is to set: the help, the environment's names, the file's keys and the default file come from here. */
export const settings = {
  configFile: optional(pathKind, {
    flag: "config",
    yaml: [],
    help: "Configuration file.",
    commands: ALL,
  }),
  debug: setting(booleanKind, "false", {
    flag: "debug",
    yaml: ["debug"],
    help: "Log everything: the same as the log level debug.",
    commands: SERVERS,
  }),
  logLevel: setting(logLevelKind, "info", {
    flag: "log-level",
    yaml: ["logLevel"],
    help: "What to log: debug, info, warn or error.",
    commands: SERVERS,
  }),
  rootDir: setting(pathKind, ({ rootDir }) => rootDir, {
    flag: "root-dir",
    alias: "root",
    yaml: ["rootDir"],
    help: "Directory for blobs, image layouts and state.",
    commands: [...NODES, ...INIT_DATA],
  }),
  listen: repeatable(
    addressKind,
    {
      flag: "listen",
      short: "l",
      yaml: ["listen"],
      help: "Where the gRPC API listens: unix:///PATH or tcp://HOST:PORT.",
      commands: SERVERS,
    },
    ({ socket }) => (socket === undefined ? [] : [`unix://${socket}`]),
  ),
  pidfile: optional(pathKind, {
    flag: "pidfile",
    yaml: ["pidfile"],
    help: "File to write the process id to.",
    commands: SERVERS,
  }),
  bindAddress: optional(ipAddressKind, {
    flag: "bind-address",
    yaml: ["bindAddress"],
    help: "Address of this machine to dial from, for machines with several.",
    commands: NODES,
  }),
  connTimeoutMs: setting(durationKind, "5s", {
    flag: "conn-timeout",
    yaml: ["connTimeout"],
    help: "How long to wait for a connection.",
    commands: NODES,
  }),
  hardlink: setting(booleanKind, "true", {
    flag: "hardlink",
    yaml: ["hardlink"],
    help: "Share blobs between image layouts by hard links; false copies them.",
    commands: NODES,
  }),
  btSeeder: setting(booleanKind, "false", {
    flag: "bt-seeder",
    yaml: ["bittorrent", "seeder"],
    help: "Fetch images from their registries and seed them to leechers.",
  }),
  fetchOnRequest: setting(booleanKind, "false", {
    flag: "fetch-on-request",
    yaml: ["bittorrent", "fetchOnRequest"],
    help: "Let leechers have a seeder fetch images that nobody has started there.",
  }),
  seederAddresses: repeatable(remoteAddressKind, {
    flag: "seeder-addr",
    yaml: ["bittorrent", "seederAddresses"],
    help: "gRPC address of a seeder to leech from.",
  }),
  fallback: setting(fallbackKind, "never", {
    flag: "fallback",
    yaml: ["bittorrent", "fallback"],
    help: "Where a leecher turns when seeders and peers give nothing: registry, or never anywhere.",
  }),
  fallbackAfterMs: setting(durationKind, "5m", {
    flag: "fallback-after",
    yaml: ["bittorrent", "fallbackAfter"],
    help: "How long they give nothing before it does.",
  }),
  trackers: repeatable(trackerUrlKind, {
    flag: "bt-tracker",
    yaml: ["bittorrent", "trackers"],
    help: "Announce URL of a tracker. A seeder without one starts its own; a leecher asks its seeder.",
  }),
  trackerListen: setting(hostPortKind, "0.0.0.0:6882", {
    flag: "tracker-listen",
    yaml: ["bittorrent", "trackerListen"],
    help: "Where a seeder's own tracker listens.",
  }),
  btPort: setting(portKind, "50007", {
    flag: "bt-port",
    yaml: ["bittorrent", "port"],
    help: "Port for BitTorrent peers; 0 takes a free one.",
  }),
  peerListen: optional(hostPortKind, {
    flag: "peer-listen",
    yaml: ["bittorrent", "peerListen"],
    help: "Where daemons of ours connect, if not at the port for BitTorrent peers.",
    commands: NODES,
  }),
  zone: optional(zoneKind, {
    flag: "zone",
    yaml: ["bittorrent", "zone"],
    help: "Which zone this machine is in: daemons take pieces from their own zone first.",
  }),
  engine: setting(engineKind, "lean", {
    flag: "engine",
    yaml: ["bittorrent", "engine"],
    help: "What moves the layers: lean, our own, or webtorrent, the library.",
  }),
  disableBt: setting(booleanKind, "false", {
    flag: "disable-bt",
    yaml: ["bittorrent", "disabled"],
    help: "Only pull from registries, without BitTorrent.",
  }),
  uploadRate: setting(rateKind, "0", {
    flag: "upload-rate",
    yaml: ["rates", "upload"],
    help: "Most bytes per second to peers, such as 10MB or 10MiB/s; 0 for no limit.",
    commands: NODES,
  }),
  downloadRate: setting(rateKind, "0", {
    flag: "download-rate",
    yaml: ["rates", "download"],
    help: "Most bytes per second from peers and registries; 0 for no limit.",
    commands: NODES,
  }),
  insecureRegistries: repeatable(registryHostKind, {
    flag: "insecure-registry",
    yaml: ["insecureRegistries"],
    help: "Registry that is asked without checking its certificate, and by plain http.",
    commands: NODES,
  }),
  tlsCert: optional(pathKind, {
    flag: "tls-cert",
    yaml: ["tls", "cert"],
    help: "Certificate of this daemon (PEM); with --tls-key and --tls-client-ca.",
  }),
  tlsKey: optional(pathKind, {
    flag: "tls-key",
    yaml: ["tls", "key"],
    help: "Key of that certificate (PEM).",
  }),
  tlsClientCa: optional(pathKind, {
    flag: "tls-client-ca",
    yaml: ["tls", "clientCA"],
    help: "Authority that the certificates of callers, and of seeders, must come from (PEM).",
  }),
  metricsListen: setting(hostPortOrOffKind, "127.0.0.1:6886", {
    flag: "metrics-listen",
    yaml: ["metricsListen"],
    help: "Where /metrics, /livez and /readyz are served; off for nowhere.",
    commands: SERVERS,
  }),
  grpcReflection: setting(booleanKind, "false", {
    flag: "grpc-reflection",
    yaml: ["grpcReflection"],
    help: "Let gRPC tools ask for the API's description.",
  }),
  nodeName: optional(nodeNameKind, {
    flag: "node-name",
    yaml: [],
    help: "Name of the node that this agent runs on.",
    commands: AGENT,
  }),
  podUid: optional(wordKind, {
    flag: "pod-uid",
    yaml: [],
    help: "UID of this agent's pod.",
    commands: AGENT,
  }),
  nodeAddresses: repeatable(ipAddressKind, {
    flag: "node-address",
    yaml: [],
    help: "IP address at which other agents reach this one.",
    commands: AGENT,
  }),
  controllers: repeatable(hostPortKind, {
    flag: "controller",
    yaml: [],
    help: "Where controllers are: every address of HOST is tried.",
    commands: AGENT,
  }),
  controllerName: setting(wordKind, "oci-torrent-controller.oci-torrent.svc", {
    flag: "controller-name",
    yaml: [],
    help: "DNS name in the controllers' certificates.",
    commands: AGENT,
  }),
  controllerCa: setting(pathKind, "/var/run/oci-torrent/ca/ca.crt", {
    flag: "controller-ca",
    yaml: [],
    help: "Authorities that those certificates may come from (PEM); read at each connection.",
    commands: AGENT,
  }),
  sessionToken: setting(pathKind, "/var/run/secrets/oci-torrent/token", {
    flag: "session-token",
    yaml: [],
    help: "File with the pod's token for the audience oci-torrent; read at each call.",
    commands: AGENT,
  }),
  hashListen: optional(hostPortKind, {
    flag: "hash-listen",
    yaml: [],
    help: "Where other agents ask for piece hashes. (default 0.0.0.0:6884)",
    commands: AGENT,
  }),
  runtimeHelper: optional(addressKind, {
    flag: "runtime-helper",
    yaml: [],
    help: "Where the helper listens that loads images into the container runtime: unix:///PATH. Without one they are only stored.",
    commands: AGENT,
  }),
  mirrorListen: setting(hostPortKind, "127.0.0.1:6885", {
    flag: "mirror-listen",
    yaml: [],
    help: "Where the container runtime takes images that are loaded: a loopback address.",
    commands: AGENT,
  }),
  minFreePercent: setting(keptFreeKind, "10", {
    flag: "min-free-percent",
    yaml: [],
    help: "How much of the data directory's file system stays free, in percent: images that would take more wait.",
    commands: AGENT,
  }),
  storeMaxBytes: setting(sizeLimitKind, "15%", {
    flag: "store-max-bytes",
    yaml: [],
    help: "Most that the store may take, such as 20GiB, or 15% of its file system.",
    commands: AGENT,
  }),
  apiServer: optional(apiServerKind, {
    flag: "api-server",
    yaml: [],
    help: "URL of the API server; in a pod, the one that Kubernetes names.",
    commands: AGENT,
  }),
  apiToken: setting(pathKind, "/var/run/secrets/kubernetes.io/serviceaccount/token", {
    flag: "api-token",
    yaml: [],
    help: "File with the pod's token for the API server; read at each request.",
    commands: AGENT,
  }),
  apiCa: setting(pathKind, "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", {
    flag: "api-ca",
    yaml: [],
    help: "Authority of the API server's certificate (PEM).",
    commands: AGENT,
  }),
  owner: optional(userIdKind, {
    flag: "owner",
    yaml: [],
    help: "User id, and group id, of whom the directory is to be.",
    commands: INIT_DATA,
  }),
} as const;

export type SettingName = keyof typeof settings;
export type SettingValues = {
  readonly [Name in SettingName]: ReturnType<(typeof settings)[Name]["read"]>;
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

export const settingOf = (name: SettingName): Setting<unknown> => settings[name];

/** `OCI_TORRENT_ROOT_DIR` for `root-dir`. */
export const environmentName = ({ flag }: { readonly flag: string }): string =>
  `OCI_TORRENT_${flag.toUpperCase().replaceAll("-", "_")}`;
