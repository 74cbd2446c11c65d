import {
  isTree,
  MAX_CONFIG_FILE_BYTES,
  printable,
  type RegistriesConfig,
  readRegistries,
  readYaml,
  unknownKey,
  whyNotBoolean,
  whyNotNumber,
  whyNotText,
  YamlError,
  type YamlTree,
  type YamlValue,
} from "../../settings/index.ts";
import { type Given, problemsOf, type Source } from "./given.ts";
import { type SettingName, settingNames, settingOf } from "./settings.ts";

export type ConfigFile = {
  readonly source: Source;
  readonly registries: RegistriesConfig;
  /** Each begins with the file's name. */
  readonly problems: readonly string[];
};

export const emptyConfigFile: ConfigFile = { source: new Map(), registries: {}, problems: [] };

const REGISTRIES = "registries";

/** Path of each key, joined by dots, to its setting. */
const namesByKey: ReadonlyMap<string, SettingName> = new Map(
  settingNames
    .filter((name) => settingOf(name).yaml.length > 0)
    .map((name) => [settingOf(name).yaml.join("."), name]),
);
const sections: ReadonlySet<string> = new Set(
  [...namesByKey.keys()].filter((key) => key.includes(".")).map((key) => key.split(".")[0] ?? ""),
);
const topKeys = [...namesByKey.keys(), REGISTRIES].map((key) => key.split(".")[0] ?? "");

/** Understands a file's text, and says everything that is wrong with it. `file` is how to name it. */
export function parseConfigFile(file: string, bytes: Uint8Array): ConfigFile {
  const fail = (sentence: string): ConfigFile => ({
    ...emptyConfigFile,
    problems: [`${file}: ${sentence}`],
  });
  if (bytes.byteLength > MAX_CONFIG_FILE_BYTES) return fail("it is larger than 256 KiB");
  const text = decodeUtf8(bytes);
  if (text === undefined) return fail("it is not UTF-8 text");
  try {
    return understand(file, readYaml(text));
  } catch (error) {
    if (error instanceof YamlError) return fail(error.message);
    throw error;
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function understand(file: string, tree: YamlTree): ConfigFile {
  const problems: string[] = [];
  const source = new Map<SettingName, Given>();
  for (const [key, value] of leavesOf(tree, problems)) {
    const name = namesByKey.get(key);
    if (name === undefined) problems.push(complaintOfUnknown(key));
    else if (value !== null) {
      const texts = textsOf(name, key, value, problems);
      if (texts.length > 0) source.set(name, { texts, where: `${file}: ${key}` });
    }
  }
  const registries = readRegistries(tree[REGISTRIES] ?? null);
  problems.push(...registries.problems);
  return {
    source,
    registries: registries.config,
    problems: [...problems.map((problem) => `${file}: ${problem}`), ...problemsOf(source)],
  };
}

/** Every key with its path, sections opened, without the registries. */
function leavesOf(tree: YamlTree, problems: string[]): [string, YamlValue][] {
  return Object.entries(tree).flatMap(([key, value]): [string, YamlValue][] => {
    if (key === REGISTRIES) return [];
    if (!sections.has(key)) return [[key, value]];
    if (isTree(value))
      return Object.entries(value).map(([inner, leaf]) => [`${key}.${inner}`, leaf]);
    if (value !== null) problems.push(`${key}: not a section: write its keys indented below it`);
    return [];
  });
}

function complaintOfUnknown(key: string): string {
  const [first = "", ...rest] = key.split(".");
  const inSection = sections.has(first) && rest.length > 0;
  const known = inSection
    ? [...namesByKey.keys()].filter((path) => path.startsWith(`${first}.`))
    : [...topKeys, ...namesByKey.keys()];
  return `${printable(key)}: ${unknownKey(key, known)}`;
}

/** The texts of a value, as a flag would have given them; what has the wrong type becomes a problem. */
function textsOf(
  name: SettingName,
  key: string,
  value: YamlValue,
  problems: string[],
): readonly string[] {
  const { repeatable, kind } = settingOf(name);
  const items: readonly (readonly [string, YamlValue])[] =
    repeatable && Array.isArray(value)
      ? value.map((item: YamlValue, index) => [`${key}[${index}]`, item])
      : [[key, value]];
  return items.flatMap(([path, item]) => {
    const complaint = complaintOfType(kind.yaml, item);
    if (complaint === undefined) return [String(item)];
    problems.push(`${path}: ${complaint}`);
    return [];
  });
}

function complaintOfType(
  wanted: "boolean" | "number" | "text",
  value: YamlValue,
): string | undefined {
  if (value === null) return "nothing where a value is needed";
  switch (wanted) {
    case "boolean":
      return typeof value === "boolean" ? undefined : whyNotBoolean(value);
    case "number":
      return typeof value === "number" || typeof value === "string"
        ? undefined
        : whyNotNumber(value);
    case "text":
      return typeof value === "string" ? undefined : whyNotText(value);
  }
}
