import { quote, ValueError, type ValueKind } from "../../settings/index.ts";

const RATE_FORMS = "bytes per second such as 10MB or 10MiB/s";
const MAX_RATE = 1e12;
const RATE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes per second; 0 is no limit. */
export const rateKind: ValueKind<number> = {
  form: "RATE",
  yaml: "number",
  parse(text) {
    if (/^-\d/.test(text)) {
      throw new ValueError(`${quote(text)} is negative: write ${RATE_FORMS}, or 0 for no limit`);
    }
    const match = /^(\d{1,18}(?:\.\d{1,9})?) ?([kKMG]i?B|B)?(?:\/s)?$/.exec(text);
    const unit = match?.[2] === undefined ? 1 : RATE_UNITS[match[2]];
    if (match?.[1] === undefined || unit === undefined) {
      throw new ValueError(`${quote(text)} is not a rate: write ${RATE_FORMS}, or 0 for no limit`);
    }
    const rate = Number(match[1]) * unit;
    if (rate > 0 && rate < 1) throw new ValueError(`${quote(text)} is less than a byte per second`);
    if (rate > MAX_RATE) throw new ValueError(`${quote(text)} is more than 1000GB/s`);
    return Math.round(rate);
  },
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_DURATION_MS = 3_600_000;

/** Milliseconds, from `5` (seconds), `500ms`, `5s`, `1.5m` or `1m30s`. */
export const durationKind: ValueKind<number> = {
  form: "DURATION",
  yaml: "number",
  parse(text) {
    const withUnit = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? `${text}s` : text;
    if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h)){1,4}$/.test(withUnit)) {
      throw new ValueError(`${quote(text)} is not a duration: write 5s, 500ms or 1m30s`);
    }
    let total = 0;
    for (const [, amount, unit] of withUnit.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
      total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    }
    const duration = Math.round(total);
    if (duration < 1) throw new ValueError(`${quote(text)} is no time at all: write 5s or 500ms`);
    if (duration > MAX_DURATION_MS) throw new ValueError(`${quote(text)} is more than an hour`);
    return duration;
  },
};

/** 0 asks the system for a free one. */
export const portKind: ValueKind<number> = {
  form: "PORT",
  yaml: "number",
  parse(text) {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port <= 65_535) return port;
    throw new ValueError(`${quote(text)} is not a port: write a number from 0 to 65535`);
  },
};
