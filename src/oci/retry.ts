import type { Failure } from "./attempt-failure.ts";
import type { RegistryLimits } from "./registry-limits.ts";

export type RetryDecision =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "giveUp"; readonly why: "notWorthIt" | "triesSpent" | "asksTooLong" };

type RetryLimits = Pick<RegistryLimits, "tries" | "backoffMs" | "backoffCapMs" | "retryAfterCapMs">;

/** `tried` counts the attempts made so far, this failed one included. */
export function decideRetry(
  failure: Failure,
  tried: number,
  limits: RetryLimits,
  random: () => number,
): RetryDecision {
  if (!isPassing(failure)) return { do: "giveUp", why: "notWorthIt" };
  if (tried >= limits.tries) return { do: "giveUp", why: "triesSpent" };
  const asked = failure.kind === "limited" ? (failure.retryAfterMs ?? 0) : 0;
  if (asked > limits.retryAfterCapMs) return { do: "giveUp", why: "asksTooLong" };
  return { do: "wait", ms: Math.max(asked, backoffMs(tried, limits, random)) };
}

/** 250 ms, doubled with each attempt, at most 3 s, 10 % more or less so that a fleet does not return in step. */
export function backoffMs(
  tried: number,
  limits: Pick<RegistryLimits, "backoffMs" | "backoffCapMs">,
  random: () => number,
): number {
  const jitter = 0.9 + random() * 0.2;
  const wait = limits.backoffMs * 2 ** (tried - 1) * jitter;
  return Math.round(Math.min(limits.backoffCapMs, wait));
}

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);

/** Whether the same request may well succeed a little later. */
export function isPassing(failure: Failure): boolean {
  switch (failure.kind) {
    case "limited":
      return true;
    case "status":
      return PASSING_STATUS.has(failure.status);
    case "network":
      return failure.reason !== "nameUnknown";
    case "loginWanted":
    case "loginRefused":
    case "forbidden":
    case "absent":
    case "tls":
    case "protocol":
    case "unsupported":
    case "leftAlone":
    case "quarantined":
      return false;
    default:
      return failure satisfies never;
  }
}

/** Retry-After (RFC 9110 10.2.3) as milliseconds from `now`; undefined when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Z][a-z]{2}, /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
