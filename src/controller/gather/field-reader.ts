import { isRecord } from "../kube/kube-object.ts";

/** Reads the fields of one object, takes defaults for what is absent, and remembers everything that is not as it should be. */
export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #problems: string[];

  constructor(value: unknown, path: string, problems: string[]) {
    this.#path = path;
    this.#problems = problems;
    this.#fields = isRecord(value) ? value : {};
    if (value !== undefined && !isRecord(value)) this.#say("", value, "an object");
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined;
  }

  /** The fields of an object below. */
  below(field: string): FieldReader {
    return new FieldReader(this.#fields[field], `${this.#path}.${field}`, this.#problems);
  }

  text(field: string, initial: string, pattern = /^.{0,512}$/s, want = "a text"): string {
    return this.#read(field, initial, want, (value): value is string => {
      return typeof value === "string" && pattern.test(value);
    });
  }

  oneOf<Word extends string>(field: string, words: readonly Word[], initial: Word): Word {
    return this.#read(field, initial, `one of ${words.join(", ")}`, (value): value is Word =>
      words.some((word) => word === value),
    );
  }

  number(field: string, min: number, max: number, initial: number): number {
    const want = `a whole number from ${min} to ${max}`;
    return this.#read(field, initial, want, (value): value is number => {
      return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    });
  }

  flag(field: string, initial: boolean): boolean {
    return this.#read(field, initial, "true or false", (value) => typeof value === "boolean");
  }

  /** A number from `min` up, or a percentage from `min` to 100 %. */
  share(field: string, min: number, initial: string): number | string {
    const want = `a number from ${min} up, or a percentage from ${min}% to 100%`;
    return this.#read(field, initial, want, (value): value is number | string => {
      if (typeof value === "number") return Number.isSafeInteger(value) && value >= min;
      const percent = /^(\d{1,3})%$/.exec(String(value))?.[1];
      return percent !== undefined && Number(percent) >= min && Number(percent) <= 100;
    });
  }

  texts(field: string, most: number, pattern: RegExp, want: string): readonly string[] {
    return this.#read(
      field,
      [],
      `a list of up to ${most}, each ${want}`,
      (value): value is string[] =>
        isListOf(value, most, (item) => typeof item === "string" && pattern.test(item)),
    );
  }

  /** The objects of a list, each to be read with a reader of its own. */
  list<Item>(field: string, most: number, read: (item: FieldReader) => Item): readonly Item[] {
    const items = this.#read<readonly unknown[]>(
      field,
      [],
      `a list of up to ${most} objects`,
      (value) => isListOf(value, most, isRecord),
    );
    const path = `${this.#path}.${field}`;
    return items.map((item, i) => read(new FieldReader(item, `${path}[${i}]`, this.#problems)));
  }

  labels(field: string): Readonly<Record<string, string>> {
    return this.#read(
      field,
      {},
      "labels with texts as values",
      (value): value is Record<string, string> => {
        return isRecord(value) && Object.values(value).every((label) => typeof label === "string");
      },
    );
  }

  problem(field: string, sentence: string): void {
    this.#problems.push(`${this.#path}.${field}: ${sentence}`);
  }

  #read<Value>(
    field: string,
    initial: Value,
    want: string,
    isGood: (value: unknown) => boolean,
  ): Value {
    const value = this.#fields[field];
    if (value === undefined) return initial;
    if (isGood(value)) return value as Value;
    this.#say(`.${field}`, value, want);
    return initial;
  }

  #say(field: string, value: unknown, want: string): void {
    const shown = JSON.stringify(value)?.slice(0, 60);
    this.#problems.push(`${this.#path}${field}: ${shown} is not ${want}`);
  }
}

const isListOf = (value: unknown, most: number, isGood: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= most && value.every(isGood);
