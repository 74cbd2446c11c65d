import { quote, ValueError, type ValueKind } from "../../settings/index.ts";
import type { SizeLimit } from "../disk/store-limits.ts";

const MOST_KEPT_FREE = 90;

/** Percent of a file system. */
export const keptFreeKind: ValueKind<number> = {
  form: "PERCENT",
  yaml: "number",
  parse(text) {
    const percent = /^\d{1,3}%?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
    if (percent <= MOST_KEPT_FREE) return percent;
    throw new ValueError(
      `${quote(text)} is not a share that can stay free: write a number from 0 to ${MOST_KEPT_FREE}`,
    );
  },
};

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const MOST_BYTES = 2 ** 50;

/** As Kubernetes writes quantities, with or without a B: 20Gi, 20GiB. */
export const sizeLimitKind: ValueKind<SizeLimit> = {
  form: "SIZE",
  yaml: "text",
  parse(text) {
    const [, share] = /^(\d{1,3})%$/.exec(text) ?? [];
    if (share !== undefined && Number(share) >= 1 && Number(share) <= 100) {
      return { unit: "percent", percent: Number(share) };
    }
    const [, amount, unit = ""] = /^(\d{1,15}(?:\.\d{1,9})?)([kMGT]i?|Ki)?B?$/.exec(text) ?? [];
    const bytes = Math.round(Number(amount) * (UNITS[unit] ?? Number.NaN));
    if (bytes >= 1 && bytes <= MOST_BYTES) return { unit: "bytes", bytes };
    throw new ValueError(`${quote(text)} is not a size: write 20GiB, or 15% of the file system`);
  },
};
