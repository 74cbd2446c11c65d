import { parseArgs } from "node:util";
import { nearest } from "../../runtime/index.ts";
import { quote } from "../../settings/index.ts";
import type { Given, Source } from "./given.ts";
import { type SettingName, settingNames, settingOf } from "./settings.ts";

export type CommandLine = {
  readonly given: Source;
  readonly help: boolean;
  readonly version: boolean;
  readonly problems: readonly string[];
};

const namesByFlag: ReadonlyMap<string, SettingName> = new Map(
  settingNames.map((name) => [settingOf(name).flag, name]),
);
const isSwitch = (name: SettingName) => settingOf(name).kind.yaml === "boolean";
const OPTIONS = {
  ...Object.fromEntries(
    [...namesByFlag].map(([flag, name]) => [
      flag,
      { type: isSwitch(name) ? ("boolean" as const) : ("string" as const) },
    ]),
  ),
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** Reads `--flag value` and `--flag=value`, and says everything that is wrong. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const tokens = tokensOf(argv);
  const given = new Map<SettingName, Given>();
  const problems = tokens.flatMap((token) => problemOf(token, given) ?? []);
  const has = (flag: string) =>
    tokens.some((token) => token.kind === "option" && token.name === flag);
  return { given, help: has("help"), version: has("version"), problems };
}

const tokensOf = (argv: readonly string[]) =>
  parseArgs({
    ...{ args: [...argv], options: OPTIONS },
    ...{ strict: false, allowPositionals: true, tokens: true },
  }).tokens;

/** Takes what is said into `given`. */
function problemOf(token: Token, given: Map<SettingName, Given>): string | undefined {
  if (token.kind === "option-terminator") return undefined;
  if (token.kind === "positional") return `unexpected argument ${quote(token.value)}`;
  const name = namesByFlag.get(token.name);
  if (name !== undefined) return problemOfSetting(name, token, given);
  return token.name in OPTIONS ? undefined : unknownFlag(token.rawName);
}

function problemOfSetting(
  name: SettingName,
  { value, inlineValue }: OptionToken,
  given: Map<SettingName, Given>,
): string | undefined {
  const { flag, kind, isList } = settingOf(name);
  const where = `--${flag}`;
  const text = value ?? (isSwitch(name) ? "true" : undefined);
  if (text === undefined || (inlineValue === false && text.startsWith("--"))) {
    return `${where}: no value: write ${where} ${kind.form}`;
  }
  const before = given.get(name)?.texts ?? [];
  if (before.length > 0 && !isList) return `${where}: given more than once`;
  given.set(name, { texts: [...before, text], where });
  return undefined;
}

function unknownFlag(spelling: string): string {
  const known = Object.keys(OPTIONS).map((flag) => `--${flag}`);
  const meant = nearest(spelling.replace(/^-+/, "--"), known);
  return `unknown flag ${quote(spelling)}${meant === undefined ? "" : `: did you mean ${meant}?`}`;
}
