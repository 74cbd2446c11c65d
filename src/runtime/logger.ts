import type { Writable } from "node:stream";
import { createLogger as createWinston, format, transports } from "winston";
import type { Clock } from "./clock.ts";
import type { LogFields } from "./log-fields.ts";
import { formatLogLine, type LogLevel } from "./log-line.ts";
import { createRepeatLimit } from "./repeat-limit.ts";

/** A fixed sentence, and what varies as fields. */
export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line has these fields too. */
  child(fields: LogFields): Log;
};

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly stream: Writable;
  readonly clock: Clock;
};

type Write = (level: LogLevel, message: string, fields: LogFields) => void;

// Winston's numbers: the smaller, the more urgent.
const levels = { error: 0, warn: 1, info: 2, debug: 3 } satisfies Record<LogLevel, number>;

/** JSON lines, redacted, at most 8 KiB each; a warning or an error that repeats itself is held back. */
export function createLogger({ level, stream, clock }: LoggerOptions): Log {
  // A reader that went away must not take the daemon with it.
  stream.on("error", () => {});
  const winston = createWinston({
    level,
    levels,
    format: format.printf(({ level: of, message, fields }) =>
      formatLogLine({
        at: new Date(),
        level: of as LogLevel,
        message: String(message),
        fields: fields as LogFields,
      }),
    ),
    transports: [new transports.Stream({ stream })],
  });
  const limit = createRepeatLimit(clock);
  return logOn((of, message, fields) => {
    if (!winston.isLevelEnabled(of)) return;
    const heldBack = of === "warn" || of === "error" ? limit.heldBack(message) : 0;
    if (heldBack === undefined) return;
    const counted = heldBack === 0 ? fields : { ...fields, heldBack };
    winston.log({ level: of, message, fields: counted });
  }, {});
}

function logOn(write: Write, own: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      write(level, message, { ...own, ...fields });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => logOn(write, { ...own, ...fields }),
  };
}

/** For tests and for code that has nothing to say. */
export const silentLog: Log = logOn(() => {}, {});
