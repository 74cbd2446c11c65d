import type { Failure } from "./attempt-failure.ts";
import { parseRetryAfter } from "./retry.ts";

/** What a status that is no success says. `now` in milliseconds since the epoch. */
export function statusFailure(
  answer: { readonly status: number; header(name: string): string | undefined },
  host: string,
  now: number,
): Failure {
  const { status } = answer;
  if (status === 403) return { kind: "forbidden", host };
  if (status === 404 || status === 410) return { kind: "absent", host };
  if (status !== 429) return { kind: "status", host, status };
  const retryAfterMs = parseRetryAfter(answer.header("retry-after"), now);
  return { kind: "limited", host, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
