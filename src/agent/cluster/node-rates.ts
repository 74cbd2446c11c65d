import type { Assign, Rates } from "../../api/index.ts";

/**
 * How fast the node may be: each image may have its own rate, so the node has their sum, and never more than the agent's own
 * limit. Bytes a second; 0 is no limit.
 */
export const nodeRates = (assigns: Iterable<Pick<Assign, "rates">>, own: Rates): Rates => {
  const each = [...assigns].map(({ rates }) => rates);
  return {
    upload: lower(sumOf(each.map(({ upload }) => upload)), own.upload),
    download: lower(sumOf(each.map(({ download }) => download)), own.download),
  };
};

/** One image without a limit makes all have none. */
const sumOf = (rates: readonly number[]): number =>
  rates.includes(0) ? 0 : rates.reduce((sum, rate) => sum + rate, 0);

const lower = (a: number, b: number): number => (a === 0 || b === 0 ? a + b : Math.min(a, b));
