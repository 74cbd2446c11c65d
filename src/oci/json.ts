import { quoted } from "./quoted.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

/** How the caller says that a document is bad: `why` ends its sentence. */
export type Invalid = (why: string, cause?: unknown) => Error;

export const LARGEST_DOCUMENT_BYTES = 4 * 1024 * 1024;
const DEEPEST = 32;

/**
 * Reads a JSON document that nobody vouches for: at most 4 MiB of UTF-8, at most 32 levels deep, and no key twice in
 * an object, for two readers could disagree on which one counts. Throws what `invalid` makes.
 */
export function parseJson(
  bytes: Uint8Array,
  invalid: Invalid,
  largestBytes = LARGEST_DOCUMENT_BYTES,
): JsonValue {
  if (bytes.length > largestBytes) {
    throw invalid(`it has ${bytes.length} bytes, more than ${largestBytes}`);
  }
  const text = decode(bytes, invalid);
  const wrong = whyNotStrict(text);
  if (wrong !== undefined) throw invalid(wrong);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
}

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  Array.isArray(value);

/** A field that the document itself has: never one of Object.prototype, such as "constructor". */
export const own = (object: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function decode(bytes: Uint8Array, invalid: Invalid): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid("it is not UTF-8", cause);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * What JSON.parse does not tell: depth and repeated keys. One walk over the tokens that matter. It does not check
 * the grammar: on a text that is not JSON it may find either fault or nothing, and JSON.parse refuses what is left.
 */
function whyNotStrict(text: string): string | undefined {
  const keysByDepth: Set<string>[] = [];
  let depth = 0;
  let string = { from: 0, to: 0 };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const to = endOfString(text, at);
      string = { from: at, to };
      at = to - 1;
    } else if (code === COLON) {
      const key = keyOf(text.slice(string.from, string.to));
      const keys = keysByDepth[depth] as Set<string> | undefined;
      if (keys?.has(key)) return `the key ${quoted(key)} stands twice in an object`;
      keys?.add(key);
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1;
      if (depth > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`;
      if (code === OPEN_OBJECT) keysByDepth[depth] = new Set();
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth -= 1;
    }
  }
  return undefined;
}

/** The place after the closing quote of the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

/** A key without its quotes; "\u0061" and "a" are the same key. */
function keyOf(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal; // not JSON at all: the parse that follows says so
  }
}
