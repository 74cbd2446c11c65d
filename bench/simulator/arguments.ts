import { parseArgs } from "node:util";
import { COURSES, type Course } from "./courses.ts";

export type Arguments = {
  readonly courses: readonly Course[];
  readonly seeds: readonly number[];
  readonly jsonFile: string | undefined;
};

export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly problems: readonly string[] }
  | { readonly kind: "run"; readonly arguments: Arguments };

const DEFAULT_SEEDS = 3;

export const help = `Usage: npm run sim [-- [COURSE ...] [FLAGS]]

Runs swarms of the engine's shipped core on a network in memory, in virtual time: the same on any machine,
however loaded it is. Courses, all of them by default:

${COURSES.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}

A course of your own, instead of these, by one of
  --leechers N       nodes that want the image (default 8)
  --megabits N       of each link, both ways, and of the registry's (default 100)
  --megabytes LIST   of each layer, with commas between (default 100)
  --origin KIND      whole: it has the image. fetching: from a registry (default whole)
  --zones N          the nodes are dealt out over so many (default 1)

  --seeds N          swarms of each course, from seed 1 on; medians count (default ${DEFAULT_SEEDS})
  --json FILE        also write every figure to FILE, as JSON lines
  --help             show this text

100 leechers take a quarter of a minute, 300 a minute, 1,000 several.
Exit code 1 when a bound is not kept.
`;

const OPTIONS = {
  leechers: { type: "string" },
  megabits: { type: "string" },
  megabytes: { type: "string" },
  origin: { type: "string" },
  zones: { type: "string" },
  seeds: { type: "string", default: `${DEFAULT_SEEDS}` },
  json: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const read = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: true });

/** Tells every mistake at once. */
export function parseArguments(args: readonly string[]): Request {
  let given: ReturnType<typeof read>;
  try {
    given = read(args);
  } catch (error) {
    return { kind: "usage", problems: [(error as Error).message] };
  }
  const { values, positionals } = given;
  if (values.help) return { kind: "help" };
  const problems: string[] = [];
  const number = (flag: string, text: string, least: number, most: number): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(value >= least && value <= most)) {
      problems.push(`--${flag} is a number from ${least} to ${most}: ${text}`);
    }
    return value;
  };
  const whole = (flag: string, text: string, least: number, most: number): number => {
    if (!/^\d+$/.test(text)) problems.push(`--${flag} is a whole number: ${text}`);
    return number(flag, text, least, most);
  };

  const { leechers, megabits, megabytes, origin, zones } = values;
  const own = [leechers, megabits, megabytes, origin, zones].some((value) => value !== undefined);
  const kind = origin ?? "whole";
  if (kind !== "whole" && kind !== "fetching") {
    problems.push(`--origin is whole or fetching: ${kind}`);
  }
  if (own && positionals.length > 0) {
    problems.push(`${positionals.join(" ")} or a course of your own: give one of them`);
  }
  const names = COURSES.map(({ name }) => name);
  for (const name of positionals.filter((each) => !names.includes(each))) {
    problems.push(`no course is called ${name}: there are ${names.join(", ")}`);
  }
  const ownCourse = (): Course => ({
    name: "yours",
    about: "as the flags say",
    leechers: whole("leechers", leechers ?? "8", 1, 10_000),
    megabits: number("megabits", megabits ?? "100", 1, 100_000),
    layers: (megabytes ?? "100").split(",").map((size) => number("megabytes", size, 0.001, 10_000)),
    origin: kind === "fetching" ? "fetching" : "whole",
    zones: whole("zones", zones ?? "1", 1, 100),
  });
  const isChosen = ({ name }: Course) => positionals.length === 0 || positionals.includes(name);
  const courses = own ? [ownCourse()] : COURSES.filter(isChosen);
  const seeds = Array.from({ length: whole("seeds", values.seeds, 1, 100) }, (_, at) => at + 1);
  if (problems.length > 0) return { kind: "usage", problems };
  return { kind: "run", arguments: { courses, seeds, jsonFile: values.json } };
}
