import { resolve } from "node:path";
import { type DaemonDirectories, daemonDirectories } from "../../runtime/index.ts";
import { quote } from "../../settings/index.ts";
import { buildAgentConfig, buildDaemonConfig, buildTrackerConfig } from "./build.ts";
import { type CommandLine, scanCommandLine } from "./command-line.ts";
import { type ConfigFile, emptyConfigFile, parseConfigFile } from "./config-file.ts";
import type { AgentConfig, DaemonConfig, TrackerConfig } from "./daemon-config.ts";
import { defaultFile } from "./default-file.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { problemsOf, type Source } from "./given.ts";
import { helpText } from "./help.ts";
import { mergeSources } from "./merge.ts";
import { COMMAND_WORDS, type Order, orderFrom } from "./order.ts";
import {
  agentRules,
  daemonRules,
  fileRules,
  problemsWith,
  type Rule,
  trackerRules,
} from "./rules.ts";
import { type Command, settingOf } from "./settings.ts";

/** What the configuration depends on besides the arguments. */
export type Surroundings = {
  readonly env: Environment;
  readonly uid: number;
  /** Absolute; relative paths begin here. */
  readonly cwd: string;
  /** The file's bytes, of which those past MAX_CONFIG_FILE_BYTES + 1 do not matter; undefined when there is none. */
  readonly readFile: (path: string) => Uint8Array | undefined;
};

/** What the user wants done. */
export type Request =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "configDefault"; readonly text: string }
  | { readonly kind: "configCheck"; readonly file: string; readonly problems: readonly string[] }
  | { readonly kind: "init-data"; readonly rootDir: string; readonly owner: number }
  | { readonly kind: "tracker"; readonly config: TrackerConfig }
  | { readonly kind: "daemon"; readonly config: DaemonConfig }
  | { readonly kind: "agent"; readonly config: AgentConfig }
  /** Every mistake, a sentence each. */
  | { readonly kind: "usage"; readonly problems: readonly string[] };

type Place = Surroundings & { readonly directories: DaemonDirectories };

/** Understands the command line of oci-torrentd: flags win over the environment, that over the file, that over defaults. */
export function parseCommandLine(argv: readonly string[], around: Surroundings): Request {
  const place = { ...around, directories: daemonDirectories(around) };
  const line = scanCommandLine(argv, COMMAND_WORDS);
  const [first, second] = line.words;
  if (line.help || first === "help") {
    const topic = first === "help" ? second : first;
    const commands = ["agent", "tracker", "init-data", "config"] as const;
    const command = commands.find((each) => each === topic) ?? "daemon";
    return { kind: "help", text: helpText(command, place.directories) };
  }
  if (line.version || first === "version") return { kind: "version" };
  return fulfil(orderFrom(line.words), line, place);
}

function fulfil(order: Order, line: CommandLine, place: Place): Request {
  switch (order.kind) {
    case "unclear":
      return usage([...line.problems, order.problem, ...problemsOf(line.given)]);
    case "configDefault": {
      const problems = problemsOfLine(line, "config");
      return problems.length > 0
        ? usage(problems)
        : { kind: "configDefault", text: defaultFile(place.directories) };
    }
    case "configCheck": {
      const problems = problemsOfLine(line, "config");
      return problems.length > 0 ? usage(problems) : checkFile(order.file, line, place);
    }
    case "init-data":
      return initData(line, place);
    case "tracker":
      return configure("tracker", trackerRules, line, place);
    case "agent":
      return configure("agent", agentRules, line, place);
    case "daemon":
      return configure("daemon", daemonRules, line, place);
  }
}

const usage = (problems: readonly string[]): Request => ({ kind: "usage", problems });

const problemsOfLine = (line: CommandLine, command: Command): string[] => [
  ...line.problems,
  ...foreignFlags(line, command),
  ...problemsOf(line.given),
];

/** Needs no file: what it does, it does before there is a daemon. */
function initData(line: CommandLine, { cwd, directories }: Place): Request {
  const { rootDir, owner } = mergeSources([line.given], directories).values;
  const problems = problemsOfLine(line, "init-data");
  if (owner === undefined && problems.length === 0) {
    problems.push("nothing says whose the directory is to be: give --owner UID");
  }
  return owner === undefined || problems.length > 0
    ? usage(problems)
    : { kind: "init-data", rootDir: resolve(cwd, rootDir), owner };
}

function foreignFlags({ given }: CommandLine, command: Command): string[] {
  const program = command === "daemon" ? "oci-torrentd" : `oci-torrentd ${command}`;
  return [...given.keys()]
    .map(settingOf)
    .filter(({ commands }) => !commands.includes(command))
    .map(({ flag }) => `--${flag}: not a flag of ${program}`);
}

function configure(
  kind: "daemon" | "agent" | "tracker",
  rules: readonly Rule[],
  line: CommandLine,
  place: Place,
): Request {
  const env = readEnvironment(place.env);
  const file = readConfigFile(chooseConfigFile(line.given, env, place), place);
  const weaker = [env, file.source].map(kind === "tracker" ? withoutListen : (source) => source);
  const merged = mergeSources([line.given, ...weaker], place.directories);
  const problems = [
    ...problemsOfLine(line, kind),
    ...problemsOf(env),
    ...file.problems,
    ...problemsWith(rules, merged, line.problems.length + file.problems.length === 0),
  ];
  if (problems.length > 0) return usage(problems);
  switch (kind) {
    case "daemon":
      return { kind, config: buildDaemonConfig(merged, file.registries, place.cwd) };
    case "agent":
      return { kind, config: buildAgentConfig(merged, file.registries, place.cwd, place.env) };
    case "tracker":
      return { kind, config: buildTrackerConfig(merged, place.cwd) };
  }
}

/** Where the API listens is not for a tracker, which has its flag alone by the same name. */
const withoutListen = (source: Source): Source =>
  new Map([...source].filter(([name]) => name !== "listen"));

type ConfigFileChoice = { readonly path: string; readonly mustExist: boolean };

function chooseConfigFile(
  line: Source,
  env: Source,
  { cwd, directories }: Place,
): ConfigFileChoice {
  const { configFile } = mergeSources([line, env], directories).values;
  return configFile === undefined
    ? { path: directories.configFile, mustExist: false }
    : { path: resolve(cwd, configFile), mustExist: true };
}

function readConfigFile({ path, mustExist }: ConfigFileChoice, { readFile }: Place): ConfigFile {
  const fail = (sentence: string) => ({ ...emptyConfigFile, problems: [`${path}: ${sentence}`] });
  try {
    const bytes = readFile(path);
    if (bytes !== undefined) return parseConfigFile(path, bytes);
    return mustExist ? fail("there is no such file") : emptyConfigFile;
  } catch (error) {
    return fail(`could not be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** What is wrong with a file by itself, whatever flags a daemon would add to it. */
function checkFile(named: string | undefined, line: CommandLine, place: Place): Request {
  if (named !== undefined && /\p{Cc}/u.test(named)) {
    return usage([`not the name of a file: ${quote(named)}`]);
  }
  const chosen = chooseConfigFile(line.given, readEnvironment(place.env), place);
  const path = named === undefined ? chosen.path : resolve(place.cwd, named);
  const file = readConfigFile({ path, mustExist: true }, place);
  const merged = mergeSources([file.source], place.directories);
  return {
    kind: "configCheck",
    file: path,
    problems: [...file.problems, ...problemsWith(fileRules, merged, true)],
  };
}
