import { ValueError } from "../../settings/index.ts";
import {
  environmentName,
  type SettingName,
  type SettingValues,
  settingNames,
  settingOf,
} from "./settings.ts";

/** What one source says about one setting. */
export type Given = {
  readonly texts: readonly string[];
  /** How to name it to the user: `--debug`, `OCI_TORRENT_DEBUG` or `controller.yaml: debug`. */
  readonly where: string;
};

/** The command line, the environment, or a file. */
export type Source = ReadonlyMap<SettingName, Given>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as absent. Lists are separated by commas. */
export function readEnvironment(env: Environment): Source {
  return new Map(
    settingNames.flatMap((name) => {
      const where = environmentName(settingOf(name));
      const text = env[where]?.trim() ?? "";
      const texts = settingOf(name).isList ? text.split(",").map((item) => item.trim()) : [text];
      const given = texts.filter((item) => item !== "");
      return given.length === 0 ? [] : [[name, { texts: given, where }] as const];
    }),
  );
}

/** One sentence a text that does not parse. */
export function problemsOf(source: Source): string[] {
  return [...source].flatMap(([name, { texts, where }]) =>
    texts.flatMap((text) => {
      const problem = problemOf(name, text);
      return problem === undefined ? [] : [`${where}: ${problem}`];
    }),
  );
}

function problemOf(name: SettingName, text: string): string | undefined {
  try {
    settingOf(name).kind.parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
}

/** Each setting from the first source that has it, the strongest first. For sources without problems. */
export function merge(sources: readonly Source[]): SettingValues {
  const entries = settingNames.map((name) => {
    const given = sources.find((source) => source.has(name))?.get(name);
    return [name, settingOf(name).read(given?.texts ?? [])] as const;
  });
  // Every name is there, each with what its own setting read.
  return Object.fromEntries(entries) as SettingValues;
}
