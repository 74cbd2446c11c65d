import { OciError } from "./errors.ts";
import { quoted } from "./quoted.ts";

/** A server that answers for a registry host. */
export type RegistryEndpoint = {
  /** Origin, and a path that goes before each repository name (a proxy cache inside a bigger registry). */
  readonly url: URL;
  /** Plain http, or a certificate that nobody checks. */
  readonly insecure: boolean;
  /** PEM text of further authorities for this registry. */
  readonly ca?: string;
  /** Asked before the registry itself: it may lack things, and gets no credential unless `sendsCredential`. */
  readonly mirror: boolean;
  readonly sendsCredential: boolean;
  /** Hosts (`host[:port]`) it may send us to though they lie in a private network or in another domain. */
  readonly trustedHosts: ReadonlySet<string>;
};

/** Registry host, as a reference names it, to the servers that are asked for it, in this order. */
export type EndpointMap = ReadonlyMap<string, readonly RegistryEndpoint[]>;

/** One entry of the `registries` section of a config file. */
export type EndpointConfig = {
  readonly url: string;
  readonly insecure?: boolean;
  readonly ca?: string;
  readonly mirror?: boolean;
  readonly sendsCredential?: boolean;
  readonly trustedHosts?: readonly string[];
};

const DOCKER_HUB = "docker.io";
const DOCKER_HUB_SERVER = "registry-1.docker.io";

/** Throws CONFIG_INVALID that tells every mistake at once. */
export function endpointMap(
  config: Readonly<Record<string, readonly EndpointConfig[]>>,
): EndpointMap {
  const problems: string[] = [];
  const map = new Map<string, readonly RegistryEndpoint[]>();
  for (const [host, entries] of Object.entries(config)) {
    if (entries.length === 0) problems.push(`registries.${host}: names no endpoint`);
    const endpoints = entries.map((entry, index) => {
      const where = `registries.${host}[${index}]`;
      problems.push(...problemsOf(entry).map((problem) => `${where}.${problem}`));
      return URL.canParse(entry.url) ? [endpointFrom(entry)] : [];
    });
    map.set(host, endpoints.flat());
  }
  if (problems.length > 0) throw new OciError("CONFIG_INVALID", problems.join("; "));
  return map;
}

function problemsOf({ url: text, insecure, ca }: EndpointConfig): string[] {
  if (!URL.canParse(text)) return ["url: not a URL: begin with https://"];
  const url = new URL(text);
  const problems: string[] = [];
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    problems.push(`url: ${url.protocol} is not a protocol of registries: use https://`);
  }
  if (url.protocol === "http:" && insecure !== true) {
    problems.push("url: plain http: use https:// or set insecure: true");
  }
  if (url.username !== "" || url.password !== "") {
    problems.push("url: has a login in it: use --authfile instead");
  }
  if (url.search !== "" || url.hash !== "") problems.push("url: has a query or a fragment");
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    problems.push("caFile: holds no PEM certificate");
  }
  return problems;
}

const endpointFrom = (entry: EndpointConfig): RegistryEndpoint => ({
  url: new URL(entry.url),
  insecure: entry.insecure ?? false,
  ...(entry.ca === undefined ? {} : { ca: entry.ca }),
  mirror: entry.mirror ?? false,
  sendsCredential: entry.sendsCredential ?? !(entry.mirror ?? false),
  trustedHosts: new Set(entry.trustedHosts),
});

/** A host that is not in the map is asked by https, whatever its address: nothing is insecure by itself. */
export function endpointsOf(map: EndpointMap, host: string): readonly RegistryEndpoint[] {
  return map.get(host) ?? [endpointFrom({ url: `https://${serverOf(host)}` })];
}

/** What `--insecure-registry HOST[:PORT]` means: https unchecked, then plain http, for that host alone. */
export function withInsecureHosts(map: EndpointMap, hosts: readonly string[]): EndpointMap {
  const changed = new Map(map);
  for (const host of hosts) {
    const server = serverOf(host);
    if (!URL.canParse(`https://${server}`) || new URL(`https://${server}`).pathname !== "/") {
      throw new OciError(
        "CONFIG_INVALID",
        `not a registry host: ${quoted(host)}: write HOST or HOST:PORT`,
      );
    }
    const known = map.get(host)?.map((endpoint) => ({ ...endpoint, insecure: true }));
    changed.set(host, known ?? bothWays(server));
  }
  return changed;
}

const bothWays = (server: string): readonly RegistryEndpoint[] =>
  ["https", "http"].map((scheme) => endpointFrom({ url: `${scheme}://${server}`, insecure: true }));

const serverOf = (host: string): string => (host === DOCKER_HUB ? DOCKER_HUB_SERVER : host);
