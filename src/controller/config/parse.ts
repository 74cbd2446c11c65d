import { resolve } from "node:path";
import { type EndpointMap, endpointMap, OciError, withInsecureHosts } from "../../oci/index.ts";
import type { LogLevel } from "../../runtime/index.ts";
import type { HostPort, RegistriesConfig } from "../../settings/index.ts";
import { readCommandLine } from "./command-line.ts";
import { type ConfigFile, emptyConfigFile, parseConfigFile } from "./config-file.ts";
import { type Environment, merge, problemsOf, readEnvironment, type Source } from "./given.ts";
import { helpText } from "./help.ts";
import type { SettingValues } from "./settings.ts";

export type ControllerConfig = {
  readonly logLevel: LogLevel;
  /** Absolute; absent: the pod's service account. */
  readonly kubeconfig?: string;
  readonly namespace: string;
  /** At which agents reach this controller: an IP address. */
  readonly address: string;
  readonly sessionListen: HostPort;
  readonly trackerListen: HostPort;
  /** Undefined when switched off. */
  readonly metricsListen: HostPort | undefined;
  readonly trustDomain: string;
  readonly endpoints: EndpointMap;
  readonly largestImageBytes: number;
  /** Whether nodes say in a condition that they have their images. */
  readonly nodeCondition: boolean;
};

/** What the user wants done. */
export type Request =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "controller"; readonly config: ControllerConfig }
  /** Every mistake, a sentence each. */
  | { readonly kind: "usage"; readonly problems: readonly string[] };

/** What the configuration depends on besides the arguments. */
export type Surroundings = {
  readonly env: Environment;
  /** Absolute; relative paths begin here. */
  readonly cwd: string;
  /** The file's bytes, of which those past MAX_CONFIG_FILE_BYTES + 1 do not matter; undefined when there is none. */
  readonly readFile: (path: string) => Uint8Array | undefined;
};

const DEFAULT_FILE = "/etc/oci-torrent/controller.yaml";

/** Understands the command line: flags win over the environment, that over the file, that over defaults. */
export function parseCommandLine(argv: readonly string[], around: Surroundings): Request {
  const line = readCommandLine(argv);
  if (line.help) return { kind: "help", text: helpText() };
  if (line.version) return { kind: "version" };
  const env = readEnvironment(around.env);
  const pod = readPod(around.env);
  const said = [...line.problems, ...[line.given, env, pod].flatMap(problemsOf)];
  const file = readConfigFile([line.given, env], around);
  const problems = [...said, ...file.problems];
  if (problems.length > 0) return { kind: "usage", problems };
  return configure(merge([line.given, env, file.source, pod]), file.registries, around);
}

/** As the pod's own fields are given to it. */
function readPod({ POD_IP: address = "" }: Environment): Source {
  if (address === "") return new Map();
  return new Map([["advertise", { texts: [address], where: "POD_IP" }]]);
}

function readConfigFile(stronger: readonly Source[], around: Surroundings): ConfigFile {
  const [named] = stronger.flatMap((source) => source.get("configFile")?.texts ?? []);
  const path = resolve(around.cwd, named ?? DEFAULT_FILE);
  const fail = (sentence: string) => ({ ...emptyConfigFile, problems: [`${path}: ${sentence}`] });
  try {
    const bytes = around.readFile(path);
    if (bytes !== undefined) return parseConfigFile(path, bytes);
    return named === undefined ? emptyConfigFile : fail("there is no such file");
  } catch (error) {
    return fail(`could not be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** For values that parse. */
function configure(
  values: SettingValues,
  registries: RegistriesConfig,
  around: Surroundings,
): Request {
  const { namespace, sessionListen, trackerListen, metricsListen, trustDomain } = values;
  const { debug, kubeconfig, largestImageBytes, nodeCondition, insecureRegistries } = values;
  const address = values.advertise ?? "";
  const isPod = (around.env["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
  const problems = [
    ...(address === "" ? [NO_ADDRESS] : []),
    ...(kubeconfig === undefined && !isPod ? [NO_API_SERVER] : []),
  ];
  try {
    const map = endpointMap(withAuthorities(registries, around, problems));
    const endpoints = withInsecureHosts(map, insecureRegistries);
    const config: ControllerConfig = {
      logLevel: debug ? "debug" : "info",
      ...(kubeconfig !== undefined && { kubeconfig: resolve(around.cwd, kubeconfig) }),
      ...{ namespace, address, sessionListen, trackerListen, metricsListen, trustDomain },
      ...{ endpoints, largestImageBytes, nodeCondition },
    };
    if (problems.length === 0) return { kind: "controller", config };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    problems.push(error.message);
  }
  return { kind: "usage", problems };
}

const NO_ADDRESS =
  "nothing says where agents reach this controller: give --advertise IP, or set POD_IP to the pod's address";

const NO_API_SERVER =
  "nothing says how to reach the API server, because this is no pod: give --kubeconfig PATH";

/** With the files of authorities read. */
function withAuthorities(
  registries: RegistriesConfig,
  { cwd, readFile }: Surroundings,
  problems: string[],
) {
  const textOf = (file: string): string | undefined => {
    try {
      const bytes = readFile(resolve(cwd, file));
      if (bytes !== undefined) return Buffer.from(bytes).toString();
      problems.push(`caFile: there is no file ${file}`);
    } catch (error) {
      problems.push(`caFile: could not read ${file}: ${(error as Error).message}`);
    }
    return undefined;
  };
  const entries = Object.entries(registries).map(([host, endpoints]) => {
    const read = endpoints.map(({ caFile, ...endpoint }) => {
      const ca = caFile === undefined ? undefined : textOf(caFile);
      return { ...endpoint, ...(ca !== undefined && { ca }) };
    });
    return [host, read] as const;
  });
  return Object.fromEntries(entries);
}
