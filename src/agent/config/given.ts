import { ValueError } from "../../settings/index.ts";
import { type SettingName, settingOf } from "./settings.ts";

/** What one source says about one setting. */
export type Given = {
  readonly texts: readonly string[];
  /** How to name it to the user: `--root-dir`, `OCI_TORRENT_ROOT_DIR` or `config.yaml: rootDir`. */
  readonly where: string;
};

/** A source of settings: the command line, the environment, a file. */
export type Source = ReadonlyMap<SettingName, Given>;

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
