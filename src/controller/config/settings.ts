import {
  booleanKind,
  type HostPort,
  hostPortKind,
  hostPortOrOffKind,
  ipAddressKind,
  pathKind,
  registryHostKind,
  type ValueKind,
} from "../../settings/index.ts";
import { bytesKind, namespaceKind, trustDomainKind } from "./controller-kinds.ts";

/** One setting of the controller, whatever it is given by: flag, environment or file. */
export type Setting<T> = {
  /** Without dashes. */
  readonly flag: string;
  /** In the file; undefined for what a file cannot say. */
  readonly key: string | undefined;
  readonly help: string;
  readonly kind: ValueKind<unknown>;
  readonly isList: boolean;
  /** The text that holds when nobody gives any. */
  readonly initial: string | undefined;
  readonly read: (texts: readonly string[]) => T;
};

type Description = Pick<Setting<unknown>, "flag" | "key" | "help">;

const setting = <T>(kind: ValueKind<T>, initial: string, description: Description): Setting<T> => ({
  ...{ ...description, kind, initial, isList: false },
  read: ([text = initial]) => kind.parse(text),
});

const optional = <T>(kind: ValueKind<T>, description: Description): Setting<T | undefined> => ({
  ...{ ...description, kind, initial: undefined, isList: false },
  read: ([text]) => (text === undefined ? undefined : kind.parse(text)),
});

const list = <T>(kind: ValueKind<T>, description: Description): Setting<readonly T[]> => ({
  ...{ ...description, kind, initial: undefined, isList: true },
  read: (texts) => texts.map((text) => kind.parse(text)),
});

/** All there is to set: the help, the environment's names and the file's keys come from here. */
export const settings = {
  configFile: optional(pathKind, {
    flag: "config",
    key: undefined,
    help: "Configuration file. (default /etc/oci-torrent/controller.yaml, where there is one)",
  }),
  debug: setting(booleanKind, "false", { flag: "debug", key: "debug", help: "Log everything." }),
  kubeconfig: optional(pathKind, {
    flag: "kubeconfig",
    key: "kubeconfig",
    help: "How to reach the API server; in a pod, by its service account.",
  }),
  namespace: setting(namespaceKind, "oci-torrent", {
    flag: "namespace",
    key: "namespace",
    help: "Where the controllers and the agents run.",
  }),
  advertise: optional(ipAddressKind, {
    flag: "advertise",
    key: "advertise",
    help: "Address at which agents reach this controller. (default $POD_IP)",
  }),
  sessionListen: setting<HostPort>(hostPortKind, "0.0.0.0:7443", {
    flag: "session-listen",
    key: "sessionListen",
    help: "Where agents have their sessions.",
  }),
  trackerListen: setting<HostPort>(hostPortKind, "0.0.0.0:6882", {
    flag: "tracker-listen",
    key: "trackerListen",
    help: "Where the tracker listens.",
  }),
  metricsListen: setting<HostPort | undefined>(hostPortOrOffKind, "0.0.0.0:8080", {
    flag: "metrics-listen",
    key: "metricsListen",
    help: "Where /metrics, /livez and /readyz are served; off for nowhere.",
  }),
  trustDomain: setting(trustDomainKind, "cluster.local", {
    flag: "trust-domain",
    key: "trustDomain",
    help: "In the names of the agents' certificates, spiffe://DOMAIN/node/NODE.",
  }),
  insecureRegistries: list(registryHostKind, {
    flag: "insecure-registry",
    key: "insecureRegistries",
    help: "Registry that is asked without checking its certificate, and by plain http.",
  }),
  nodeCondition: setting(booleanKind, "false", {
    flag: "node-condition",
    key: "nodeCondition",
    help: "Say on every node, in its condition oci-torrent.io/ImagesReady, whether it has its images.",
  }),
  largestImageBytes: setting(bytesKind, "100Gi", {
    flag: "largest-image-bytes",
    key: "largestImageBytes",
    help: "Largest image for one platform; a larger one is refused.",
  }),
} as const;

export type SettingName = keyof typeof settings;
export type SettingValues = {
  readonly [Name in SettingName]: ReturnType<(typeof settings)[Name]["read"]>;
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

export const settingOf = (name: SettingName): Setting<unknown> => settings[name];

/** `OCI_TORRENT_TRUST_DOMAIN` for `trust-domain`. */
export const environmentName = ({ flag }: Pick<Setting<unknown>, "flag">): string =>
  `OCI_TORRENT_${flag.toUpperCase().replaceAll("-", "_")}`;
