import { nearest } from "../../runtime/index.ts";
import { quote } from "../../settings/index.ts";
import type { Given, Source } from "./given.ts";
import { type SettingName, settingNames, settingOf } from "./settings.ts";

/** The arguments sorted into flags and words, before either is understood. */
export type CommandLine = {
  readonly words: readonly string[];
  readonly given: Source;
  readonly help: boolean;
  readonly version: boolean;
  readonly problems: readonly string[];
};

const flagsByName: ReadonlyMap<string, SettingName> = new Map(
  settingNames.flatMap((name) => {
    const { flag, alias, short } = settingOf(name);
    const spellings = [`--${flag}`, alias && `--${alias}`, short && `-${short}`];
    return spellings.flatMap((spelling) => (spelling ? [[spelling, name] as const] : []));
  }),
);
const longFlags = [...flagsByName.keys(), "--help", "--version"].filter((flag) => flag.length > 2);

/** Reads `--flag value`, `--flag=value`, `-l value` and bare booleans; `--` ends the flags. */
export function scanCommandLine(
  argv: readonly string[],
  commandWords: readonly string[],
): CommandLine {
  const rest = [...argv];
  const words: string[] = [];
  const flags: Flag[] = [];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--") words.push(...rest.splice(0));
    else if (!/^-./.test(argument)) words.push(argument);
    else flags.push(readFlag(argument, rest, commandWords));
  }
  const known = flags.filter((flag) => flag.kind === "setting");
  return {
    words,
    given: gather(known),
    help: flags.some(({ kind }) => kind === "help"),
    version: flags.some(({ kind }) => kind === "version"),
    problems: [
      ...flags.flatMap((flag) => (flag.kind === "problem" ? [flag.problem] : [])),
      ...repeatedFlags(known),
    ],
  };
}

type Flag =
  | { readonly kind: "help" | "version" }
  | { readonly kind: "problem"; readonly problem: string }
  | SettingFlag;
type SettingFlag = {
  readonly kind: "setting";
  readonly name: SettingName;
  readonly spelling: string;
  readonly text: string;
};

/** Takes the flag's value off `rest` where it stands there. */
function readFlag(argument: string, rest: string[], commandWords: readonly string[]): Flag {
  if (argument === "--help" || argument === "-h") return { kind: "help" };
  if (argument === "--version") return { kind: "version" };
  const equals = argument.indexOf("=");
  const spelling = equals < 0 ? argument : argument.slice(0, equals);
  const attached = equals < 0 ? undefined : argument.slice(equals + 1);
  const name = flagsByName.get(spelling);
  if (name === undefined) {
    // What follows is its value, most likely; taken for a command it would only add a second complaint.
    if (attached === undefined && !commandWords.includes(rest[0] ?? "")) takeValue(rest);
    return { kind: "problem", problem: unknownFlag(spelling) };
  }
  const { kind } = settingOf(name);
  const text = attached ?? (kind.yaml === "boolean" ? "true" : takeValue(rest));
  if (text !== undefined) return { kind: "setting", name, spelling, text };
  return { kind: "problem", problem: `${spelling}: no value: write ${spelling} ${kind.form}` };
}

/** The next argument unless it is a flag; `-1` is a value, though a bad one. */
const takeValue = (rest: string[]): string | undefined =>
  rest[0] === undefined || /^-(?![\d.])./.test(rest[0]) ? undefined : rest.shift();

function unknownFlag(spelling: string): string {
  const meant = nearest(spelling.replace(/^-+/, "--"), longFlags);
  const suggestion = meant === undefined ? "" : `: did you mean ${meant}?`;
  return `unknown flag ${quote(spelling)}${suggestion}`;
}

function gather(flags: readonly SettingFlag[]): Source {
  const given = new Map<SettingName, Given>();
  for (const { name, text } of flags) {
    given.set(name, {
      texts: [...(given.get(name)?.texts ?? []), text],
      where: `--${settingOf(name).flag}`,
    });
  }
  return given;
}

function repeatedFlags(flags: readonly SettingFlag[]): string[] {
  const once = flags.filter(({ name }) => !settingOf(name).repeatable).map(({ name }) => name);
  const twice = once.filter((name, index) => once.indexOf(name) !== index);
  return [...new Set(twice)].map((name) => `--${settingOf(name).flag}: given more than once`);
}
