import { LOG_LEVELS, type LogLevel, redactText } from "../runtime/index.ts";

/** What a setting's value is made of, however it arrives. */
export type ValueKind<T> = {
  /** Stands for a value in the help: `HOST:PORT`. */
  readonly form: string;
  /** What a YAML file may write: only `true` and `false`, numbers besides text, or text alone. */
  readonly yaml: "boolean" | "number" | "text";
  /** @throws ValueError with a sentence that does not name the setting. */
  readonly parse: (text: string) => T;
};

export class ValueError extends Error {
  override readonly name = "ValueError";
}

/** Short, without control characters or secrets: what a message may show of a text from outside. */
export const printable = (text: string): string =>
  redactText(text.slice(0, 200)).replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export const quote = (text: string): string => `"${printable(text)}"`;

export const booleanKind: ValueKind<boolean> = {
  form: "true|false",
  yaml: "boolean",
  parse(text) {
    if (text === "true") return true;
    if (text === "false") return false;
    throw new ValueError(`${quote(text)} is neither true nor false`);
  },
};

export const logLevelKind: ValueKind<LogLevel> = {
  form: "LEVEL",
  yaml: "text",
  parse(text) {
    const level = LOG_LEVELS.find((known) => known === text);
    if (level !== undefined) return level;
    throw new ValueError(`${quote(text)} is not a log level: write ${LOG_LEVELS.join(", ")}`);
  },
};

export const pathKind: ValueKind<string> = {
  form: "PATH",
  yaml: "text",
  parse(text) {
    if (text.trim() === "") throw new ValueError("the path is empty");
    if (/\p{Cc}/u.test(text)) throw new ValueError(`${quote(text)} has a control character in it`);
    return text;
  },
};

export const wordKind: ValueKind<string> = {
  form: "TEXT",
  yaml: "text",
  parse(text) {
    if (/^[\x21-\x7e]{1,253}$/.test(text)) return text;
    throw new ValueError(`${quote(text)} is not a word of at most 253 characters`);
  },
};

/** One of a few words. `what` finishes "TEXT is ...". */
export const oneOfKind = <Word extends string>(
  form: string,
  what: string,
  words: readonly Word[],
): ValueKind<Word> => ({
  form,
  yaml: "text",
  parse(text) {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new ValueError(`${quote(text)} is ${what}: write ${words.join(" or ")}`);
  },
});
