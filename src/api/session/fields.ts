import { isIP } from "node:net";

/** A message with a field that is not as session.proto says; `field` is its path, such as assign.blobs[3].size. */
export class MessageError extends Error {
  override readonly name = "MessageError";
  readonly field: string;
  constructor(field: string, why: string) {
    super(`${field}: ${why}`);
    this.field = field;
  }
}

/** The same type as that of `src/oci`: what was parsed here need not be parsed there. */
export type Digest = string & { readonly __brand: "Digest" };

type Text = { readonly min?: number; readonly max: number; readonly like?: RegExp };

/** Characters are UTF-16 code units; at least one unless `min` says otherwise. */
export function text(field: string, value: string, { min = 1, max, like }: Text): string {
  if (value.length < min || value.length > max) {
    throw new MessageError(field, `${value.length} characters, and ${min} to ${max} are allowed`);
  }
  if (value !== "" && like !== undefined && !like.test(value)) {
    throw new MessageError(field, `${JSON.stringify(value.slice(0, 100))} is not as expected`);
  }
  return value;
}

/** A whole number; up to 2^53 - 1 unless said otherwise. */
export function count(
  field: string,
  value: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new MessageError(field, `${value} is not a whole number from ${min} to ${max}`);
}

export function bytes(field: string, value: Uint8Array, max: number, min = 0): Uint8Array {
  if (value.length >= min && value.length <= max) return value;
  throw new MessageError(field, `${value.length} bytes, and ${min} to ${max} are allowed`);
}

export function word<Word extends string>(
  field: string,
  value: string,
  words: readonly Word[],
): Word {
  const known = words.find((each) => each === value);
  if (known !== undefined) return known;
  throw new MessageError(
    field,
    `${JSON.stringify(value.slice(0, 100))} is none of ${words.join(", ")}`,
  );
}

export function list<Wire, Item>(
  field: string,
  values: readonly Wire[],
  { min = 0, max }: { readonly min?: number; readonly max: number },
  parse: (field: string, value: Wire) => Item,
): readonly Item[] {
  if (values.length < min || values.length > max) {
    throw new MessageError(field, `${values.length} entries, and ${min} to ${max} are allowed`);
  }
  return values.map((value, index) => parse(`${field}[${index}]`, value));
}

/** Refuses a list in which two entries have the same key. */
export function each<Item>(
  field: string,
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly Item[] {
  const seen = new Set<string>();
  for (const key of items.map(keyOf)) {
    if (seen.has(key)) throw new MessageError(field, `${key} is there twice`);
    seen.add(key);
  }
  return items;
}

export function present<Value>(field: string, value: Value | null | undefined): Value {
  if (value !== null && value !== undefined) return value;
  throw new MessageError(field, "it is missing");
}

export const digest = (field: string, value: string): Digest =>
  text(field, value, { max: 71, like: /^sha256:[0-9a-f]{64}$/ }) as Digest;

export const nodeName = (field: string, value: string): string =>
  text(field, value, { max: 253, like: /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/ });

/** namespace/name/uid */
export const key = (field: string, value: string): string =>
  text(field, value, { max: 354, like: /^[-a-z0-9]+\/[-a-z0-9.]+\/[-A-Za-z0-9]+$/ });

const PRINTABLE = /^[\x21-\x7e]*$/;

/** Without spaces, such as a version, an address or a reference. */
export const token = (field: string, value: string, max: number, min = 1): string =>
  text(field, value, { min, max, like: PRINTABLE });

/** HOST or HOST:PORT of a registry. */
export const registryHost = (field: string, value: string): string =>
  text(field, value, { max: 261, like: /^[-A-Za-z0-9._:[\]]+$/ });

export const repositoryPath = (field: string, value: string): string =>
  text(field, value, { max: 255, like: /^[a-z0-9][-a-z0-9._/]*$/ });

export function ipAddress(field: string, value: string): string {
  if (isIP(value) !== 0) return value;
  throw new MessageError(field, `${JSON.stringify(value.slice(0, 100))} is not an IP address`);
}

export const port = (field: string, value: number): number =>
  count(field, value, { min: 1, max: 65_535 });

/** IP:PORT, with brackets around IPv6. */
export function ipAndPort(field: string, value: string): string {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(value);
  const family = match?.[1] === undefined ? 4 : 6;
  if (isIP(match?.[1] ?? match?.[2] ?? "") === family) {
    port(field, Number(match?.[3]));
    return value;
  }
  throw new MessageError(field, `${JSON.stringify(value.slice(0, 100))} is not IP:PORT`);
}

export const LONGEST_REASON = 64;
export const LONGEST_SENTENCE = 256;

/** Why something is so: a word, and a sentence; absent where there is nothing to say. */
export type Why = { readonly reason?: string; readonly message?: string };

export function why(field: string, { reason, message }: Record<"reason" | "message", string>): Why {
  const parsed = {
    reason: text(`${field}.reason`, reason, { min: 0, max: LONGEST_REASON, like: /^[A-Za-z]+$/ }),
    message: sentence(`${field}.message`, message),
  };
  return {
    ...(parsed.reason === "" ? {} : { reason: parsed.reason }),
    ...(parsed.message === "" ? {} : { message: parsed.message }),
  };
}

export const sentence = (field: string, value: string): string =>
  text(field, value, { min: 0, max: LONGEST_SENTENCE, like: /^\P{Cc}+$/u });

/** Any text as a sentence that can be sent: on one line, and cut where it is too long. */
export const toSentence = (value: string): string =>
  value.replaceAll(/\p{Cc}+/gu, " ").slice(0, LONGEST_SENTENCE);
