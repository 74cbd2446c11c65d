/** One challenge of a WWW-Authenticate header (RFC 9110 11.6.1); `scheme` and parameter names in lower case. */
export type Challenge = {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
};

const LONGEST_HEADER = 8 * 1024;
const MOST_CHALLENGES = 16;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `[\\s,]*(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))[ \\t]*(?=,|$)`,
  "y",
);
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?:[ \\t]+|[ \\t]*(?=,|$))`, "y");
// `Negotiate dG9rZW4=`: credentials of schemes that we do not speak, stepped over.
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;

/** Never throws: what cannot be read ends the list, and a parameter that comes twice keeps its first value. */
export function parseChallenges(header: string): readonly Challenge[] {
  const text = header.slice(0, LONGEST_HEADER);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length && challenges.length < MOST_CHALLENGES) {
    const current = challenges.at(-1);
    const parameter = current === undefined ? null : next(PARAMETER);
    if (current !== undefined && parameter !== null) {
      const [, name = "", quoted, plain = ""] = parameter;
      const key = name.toLowerCase();
      const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
      if (!current.parameters.has(key)) current.parameters.set(key, value);
      continue;
    }
    const scheme = next(SCHEME);
    if (scheme === null) break;
    challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters: new Map() });
    if (!startsParameter(text, at)) next(TOKEN68);
  }
  return challenges;
}

function startsParameter(text: string, at: number): boolean {
  PARAMETER.lastIndex = at;
  return PARAMETER.test(text);
}
