import { fieldsToLoggable, type LogFields, type Loggable } from "./log-fields.ts";
import { redactText } from "./redact.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogRecord = {
  readonly at: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
};

/** Bytes of UTF-8, without the line feed. */
export const MAX_LINE_BYTES = 8 * 1024;
const MAX_MESSAGE_LENGTH = 1024;

const RESERVED_KEYS = new Set(["timestamp", "level", "message", "fieldsLeftOut"]);

/** One line of JSON without secrets. Fields that do not fit are left out, and the line says how many. */
export function formatLogLine({ at, level, message, fields }: LogRecord): string {
  const start = {
    timestamp: at.toISOString(),
    level,
    message: redactText(message).slice(0, MAX_MESSAGE_LENGTH),
  };
  const entries = Object.entries(fieldsToLoggable(fields)).map(
    ([key, value]) => [RESERVED_KEYS.has(key) ? `${key}_` : key, value] as const,
  );
  const whole = JSON.stringify({ ...start, ...Object.fromEntries(entries) });
  return Buffer.byteLength(whole) <= MAX_LINE_BYTES ? whole : shortened(start, entries);
}

function shortened(start: object, entries: readonly (readonly [string, Loggable])[]): string {
  const kept: (readonly [string, Loggable])[] = [];
  let bytes = Buffer.byteLength(JSON.stringify({ ...start, fieldsLeftOut: entries.length }));
  for (const [key, value] of entries) {
    const more = Buffer.byteLength(JSON.stringify({ [key]: value }));
    if (bytes + more > MAX_LINE_BYTES) continue;
    bytes += more;
    kept.push([key, value]);
  }
  const fieldsLeftOut = entries.length - kept.length;
  return JSON.stringify({ ...start, ...Object.fromEntries(kept), fieldsLeftOut });
}
