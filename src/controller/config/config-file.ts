import {
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
const namesByKey: ReadonlyMap<string, SettingName> = new Map(
  settingNames.flatMap((name) => {
    const { key } = settingOf(name);
    return key === undefined ? [] : [[key, name] as const];
  }),
);

/** Understands a file's text, and says everything that is wrong with it. `file` is how to name it. */
export function parseConfigFile(file: string, bytes: Uint8Array): ConfigFile {
  const fail = (sentence: string) => ({ ...emptyConfigFile, problems: [`${file}: ${sentence}`] });
  if (bytes.byteLength > MAX_CONFIG_FILE_BYTES) return fail("it is larger than 256 KiB");
  try {
    return understand(file, readYaml(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (error) {
    if (error instanceof YamlError) return fail(error.message);
    if (error instanceof TypeError) return fail("it is not UTF-8 text");
    throw error;
  }
}

function understand(file: string, tree: YamlTree): ConfigFile {
  const problems: string[] = [];
  const source = new Map<SettingName, Given>();
  for (const [key, value] of Object.entries(tree)) {
    const name = namesByKey.get(key);
    if (key === REGISTRIES || value === null) continue;
    if (name === undefined) {
      problems.push(`${printable(key)}: ${unknownKey(key, [...namesByKey.keys(), REGISTRIES])}`);
    } else {
      const texts = textsOf(name, key, value, problems);
      if (texts.length > 0) source.set(name, { texts, where: `${file}: ${key}` });
    }
  }
  const registries = readRegistries(tree[REGISTRIES] ?? null);
  return {
    source,
    registries: registries.config,
    problems: [
      ...[...problems, ...registries.problems].map((problem) => `${file}: ${problem}`),
      ...problemsOf(source),
    ],
  };
}

/** The texts of a value, as a flag would have given them; what has the wrong type becomes a problem. */
function textsOf(name: SettingName, key: string, value: YamlValue, problems: string[]): string[] {
  const { isList, kind } = settingOf(name);
  const items: readonly YamlValue[] = isList && Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const complaint = complaintOf(kind.yaml, item);
    if (complaint === undefined) return [String(item)];
    problems.push(`${key}: ${complaint}`);
    return [];
  });
}

function complaintOf(wanted: "boolean" | "number" | "text", value: YamlValue): string | undefined {
  if (typeof value === wanted || (wanted !== "boolean" && typeof value === "string")) {
    return undefined;
  }
  const why = { boolean: whyNotBoolean, number: whyNotNumber, text: whyNotText }[wanted];
  return why(value);
}
