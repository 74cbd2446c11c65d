import { registryHostKind } from "./network-kinds.ts";
import { pathKind, printable, quote, ValueError, type ValueKind } from "./value-kinds.ts";
import { isTree, type YamlTree, type YamlValue } from "./yaml.ts";
import { unknownKey, whyNotBoolean, whyNotText } from "./yaml-complaints.ts";

/** A server that is asked in a registry's stead. What is absent has the registry client's default. */
export type RegistryEndpointConfig = {
  /** Origin, and a path that goes before each repository name. */
  readonly url: string;
  /** Plain http, or a certificate that nobody checks. */
  readonly insecure?: boolean;
  /** PEM file of further authorities for this server. */
  readonly caFile?: string;
  /** Asked before the registry itself: it may lack things, and gets no credential unless `sendsCredential`. */
  readonly mirror?: boolean;
  readonly sendsCredential?: boolean;
  /** Hosts (`HOST[:PORT]`) it may send us to though they lie in a private network or in another domain. */
  readonly trustedHosts?: readonly string[];
};

/** Registry host, as a reference names it, to the servers that are asked for it, in this order. */
export type RegistriesConfig = Readonly<Record<string, readonly RegistryEndpointConfig[]>>;

export type Registries = {
  readonly config: RegistriesConfig;
  /** Each begins with the key's path. */
  readonly problems: readonly string[];
};

type Complain = (path: string, sentence: string) => void;

/** Reads the `registries` section: a list of endpoints a host. */
export function readRegistries(section: YamlValue): Registries {
  const problems: string[] = [];
  const complain: Complain = (path, sentence) => problems.push(`${path}: ${sentence}`);
  if (!isTree(section)) {
    if (section !== null) complain("registries", "not a mapping: write HOST: and a list below it");
    return { config: {}, problems };
  }
  const hosts = Object.entries(section).map(([host, value]) => {
    const path = `registries.${printable(host)}`;
    const name = valueOrComplaint(registryHostKind, host, path, complain);
    return [name ?? host, readEndpoints(value, path, complain)] as const;
  });
  return { config: Object.fromEntries(hosts), problems };
}

function readEndpoints(value: YamlValue, path: string, complain: Complain) {
  if (!Array.isArray(value) || value.length === 0) {
    complain(path, "not a list of endpoints: write - url: https://HOST");
    return [];
  }
  return value.flatMap((item: YamlValue, index) => {
    const at = `${path}[${index}]`;
    if (isTree(item)) return [readEndpoint(item, at, complain)];
    complain(at, "not an endpoint: write - url: https://HOST");
    return [];
  });
}

const ENDPOINT_KEYS = ["url", "insecure", "caFile", "mirror", "sendsCredential", "trustedHosts"];

function readEndpoint(tree: YamlTree, path: string, complain: Complain): RegistryEndpointConfig {
  for (const key of Object.keys(tree)) {
    if (!ENDPOINT_KEYS.includes(key))
      complain(`${path}.${printable(key)}`, unknownKey(key, ENDPOINT_KEYS));
  }
  const flag = (key: string) => booleanAt(tree, key, path, complain);
  const url = textAt(tree["url"] ?? "", urlKind, `${path}.url`, complain);
  const caFile = textAt(tree["caFile"], pathKind, `${path}.caFile`, complain);
  const endpoint: RegistryEndpointConfig = {
    url: url ?? "",
    ...flag("insecure"),
    ...(caFile === undefined ? {} : { caFile }),
    ...flag("mirror"),
    ...flag("sendsCredential"),
    ...trustedHostsAt(tree["trustedHosts"], `${path}.trustedHosts`, complain),
  };
  complainOfContradictions(endpoint, path, complain);
  return endpoint;
}

const urlKind: ValueKind<string> = {
  form: "URL",
  yaml: "text",
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new ValueError(`${quote(text)} is not a registry's URL: write https://HOST[:PORT]`);
    }
    if (url.username !== "" || url.password !== "") {
      throw new ValueError("it has a user and password in it: log in with oci-torrent-ctr instead");
    }
    if (url.search !== "" || url.hash !== "") {
      throw new ValueError(`${quote(text)} has a query or a fragment, which says nothing`);
    }
    return text;
  },
};

function complainOfContradictions(
  { url, insecure, caFile }: RegistryEndpointConfig,
  path: string,
  complain: Complain,
): void {
  if (url.startsWith("http://") && insecure !== true) {
    complain(`${path}.url`, "plain http: write https://, or set insecure: true beside it");
  }
  if (insecure === true && caFile !== undefined) {
    complain(path, "insecure checks no certificate, so caFile says nothing: keep one of them");
  }
}

function booleanAt<Key extends string>(tree: YamlTree, key: Key, path: string, complain: Complain) {
  const value = tree[key] ?? null;
  if (value === null) return {};
  if (typeof value === "boolean") return { [key]: value } as { readonly [K in Key]?: boolean };
  complain(`${path}.${key}`, whyNotBoolean(value));
  return {};
}

function trustedHostsAt(value: YamlValue | undefined, path: string, complain: Complain) {
  if (value === undefined || value === null) return {};
  const items: readonly YamlValue[] = Array.isArray(value) ? value : [value];
  const hosts = items.map((item, index) =>
    textAt(item, registryHostKind, `${path}[${index}]`, complain),
  );
  return { trustedHosts: hosts.filter((host) => host !== undefined) };
}

function textAt<T>(
  value: YamlValue | undefined,
  kind: ValueKind<T>,
  path: string,
  complain: Complain,
): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return valueOrComplaint(kind, value, path, complain);
  complain(path, whyNotText(value));
  return undefined;
}

function valueOrComplaint<T>(
  kind: ValueKind<T>,
  text: string,
  path: string,
  complain: Complain,
): T | undefined {
  try {
    return kind.parse(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    complain(path, error.message);
    return undefined;
  }
}
