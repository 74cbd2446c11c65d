import type { DaemonDirectories } from "../../runtime/index.ts";
import { problemsOf, type Source } from "./given.ts";
import { type SettingName, type SettingValues, settingNames, settingOf } from "./settings.ts";

export type Merged = {
  readonly values: SettingValues;
  /** Where a value comes from; undefined for a default. */
  readonly where: (name: SettingName) => string | undefined;
  /** Index of the source that a value comes from; a default comes after all sources. */
  readonly rank: (name: SettingName) => number;
  /** What some source gives a text that does not parse; its value here is then the default. */
  readonly broken: ReadonlySet<SettingName>;
};

/** Takes each setting from the first source that has it, the strongest source first. */
export function mergeSources(sources: readonly Source[], directories: DaemonDirectories): Merged {
  const broken = new Set(settingNames.filter((name) => sources.some(breaks(name))));
  const rank = (name: SettingName) => {
    const index = broken.has(name) ? -1 : sources.findIndex((source) => source.has(name));
    return index < 0 ? sources.length : index;
  };
  const given = (name: SettingName) => sources[rank(name)]?.get(name);
  const entries = settingNames.map((name) => {
    const setting = settingOf(name);
    return [name, setting.read(given(name)?.texts ?? setting.initial(directories))] as const;
  });
  return {
    // Every name is there, each with what its own setting read.
    values: Object.fromEntries(entries) as SettingValues,
    where: (name) => given(name)?.where,
    rank,
    broken,
  };
}

const breaks = (name: SettingName) => (source: Source) => {
  const given = source.get(name);
  return given !== undefined && problemsOf(new Map([[name, given]])).length > 0;
};
