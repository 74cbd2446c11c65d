import { isSecretKey, REDACTED, redactText } from "./redact.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** What a log line can hold: JSON, of a bounded size and without secrets. */
export type Loggable =
  | string
  | number
  | boolean
  | null
  | readonly Loggable[]
  | { readonly [key: string]: Loggable };

const MAX_DEPTH = 5;
const MAX_ENTRIES = 100;

/** Errors become their name, code, message and causes; what JSON cannot say becomes its type's name. */
export function toLoggable(value: unknown, depth = 0): Loggable {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return redactText(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "bigint" || value instanceof URL) return redactText(String(value));
  if (typeof value !== "object") return `[${typeof value}]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "[deeper values left out]";
  if (value instanceof Error) return errorToLoggable(value, depth);
  if (Array.isArray(value)) return arrayToLoggable(value, depth + 1);
  return fieldsToLoggable(value, depth + 1);
}

export function fieldsToLoggable(fields: object, depth = 0): { readonly [key: string]: Loggable } {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .slice(0, MAX_ENTRIES)
    .map(([key, value]) => [redactText(key), fieldValue(key, value, depth)] as const);
  return Object.fromEntries(entries);
}

/** A flat list of header names and values, as `rawHeaders` is, has its secrets behind their names. */
function arrayToLoggable(items: readonly unknown[], depth: number): Loggable {
  return items.slice(0, MAX_ENTRIES).map((item, index) => {
    const before = items[index - 1];
    return fieldValue(typeof before === "string" ? before : "", item, depth);
  });
}

const fieldValue = (key: string, value: unknown, depth: number): Loggable =>
  isSecretKey(key) && typeof value !== "boolean" && value !== null
    ? REDACTED
    : toLoggable(value, depth);

function errorToLoggable(error: Error, depth: number): Loggable {
  const { code } = error as { code?: unknown };
  const inner = error instanceof AggregateError ? { errors: error.errors } : {};
  return fieldsToLoggable(
    { name: error.name, code, message: error.message, cause: error.cause, ...inner },
    depth + 1,
  );
}
