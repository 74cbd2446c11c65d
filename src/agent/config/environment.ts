import type { Source } from "./given.ts";
import { environmentName, settingNames, settingOf } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The `OCI_TORRENT_*` variables that name settings; an empty one counts as absent. Lists are separated by commas.
 * Others with that beginning are left alone: Kubernetes makes some up for every service in a namespace.
 */
export function readEnvironment(env: Environment): Source {
  return new Map(
    settingNames.flatMap((name) => {
      const where = environmentName(settingOf(name));
      const text = env[where];
      if (text === undefined || text.trim() === "") return [];
      const texts = settingOf(name).repeatable ? splitList(text) : [text];
      return texts.length === 0 ? [] : [[name, { texts, where }] as const];
    }),
  );
}

const splitList = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
