/** How objects are to be read next. */
export type Plan = {
  readonly next: /** All objects as the beginning of a watch (sendInitialEvents). */
    | { readonly do: "stream" }
    /** All objects page by page; a watch follows. */
    | { readonly do: "list" }
    | { readonly do: "watch"; readonly from: string };
  /** Whether this server streams what there is. */
  readonly streaming: "untried" | "served" | "refused";
  /** Attempts in a row that brought nothing. */
  readonly failures: number;
  /** Those of them that the server answered. */
  readonly refusals: number;
};

/** How one attempt went. A version is the latest that was seen, where anything was. */
export type Outcome =
  | { readonly how: "listed"; readonly at: string }
  /** A watch ended, or its connection broke; without a version it never told all that there is. */
  | { readonly how: "ended"; readonly at: string | undefined; readonly told: boolean }
  /** A line that cannot be read, or what it held is lost. */
  | { readonly how: "garbled"; readonly at: string | undefined; readonly moved: boolean }
  /** The server no longer knows what happened since. */
  | { readonly how: "gone" }
  | { readonly how: "refused"; readonly code: number; readonly retryAfterMs: number | undefined }
  | { readonly how: "unanswered" };

export type Step = { readonly plan: Plan; readonly waitMs: number };

export const FIRST_PLAN: Plan = {
  next: { do: "stream" },
  streaming: "untried",
  failures: 0,
  refusals: 0,
};

const PACE_MS = 1_000;
// With jitter at most 22.5 s, so that half a minute after a server is back it is being watched.
const MAX_BACKOFF_MS = 15_000;
const MAX_FORBIDDEN_MS = 200_000;
const MAX_ASKED_MS = 300_000;
const REFUSALS_BEFORE_LIST = 3;

/** Pure. At most one connection a second, ever fewer while nothing comes of them. */
export function nextStep(plan: Plan, outcome: Outcome, random: () => number): Step {
  switch (outcome.how) {
    case "listed":
      return { plan: going(plan, { do: "watch", from: outcome.at }), waitMs: 0 };
    case "ended":
      return afterEnd(plan, outcome, random);
    case "garbled":
      return afterGarbage(plan, outcome, random);
    case "gone":
      return waiting({ ...failed(plan), next: allOf(plan) }, random);
    case "refused":
      return afterRefusal(plan, outcome, random);
    case "unanswered":
      return waiting({ ...failed(plan), next: plan.next }, random);
    default:
      return outcome satisfies never;
  }
}

const going = (plan: Plan, next: Plan["next"]): Plan => ({
  ...plan,
  next,
  streaming: plan.next.do === "stream" ? "served" : plan.streaming,
  failures: 0,
  refusals: 0,
});

const failed = (plan: Plan): Plan => ({ ...plan, failures: plan.failures + 1 });

const allOf = ({ streaming }: Plan): Plan["next"] => ({
  do: streaming === "refused" ? "list" : "stream",
});

function afterEnd(
  plan: Plan,
  { at, told }: Extract<Outcome, { how: "ended" }>,
  random: () => number,
): Step {
  if (at === undefined) return withoutStream(plan, random);
  const next = { do: "watch", from: at } as const;
  return waiting(told ? going(plan, next) : { ...failed(plan), next }, random);
}

function afterGarbage(
  plan: Plan,
  { at, moved }: Extract<Outcome, { how: "garbled" }>,
  random: () => number,
): Step {
  if (at === undefined) return withoutStream(plan, random);
  const isFirst = plan.next.do === "watch" && plan.failures === 0;
  // The server tells again what was lost. Where that does not help, a list does.
  if (moved || isFirst)
    return waiting({ ...going(plan, { do: "watch", from: at }), failures: 1 }, random);
  return waiting({ ...failed(plan), next: allOf(plan) }, random);
}

/** Not all was told. A server that has not streamed before is asked the old way. */
function withoutStream(plan: Plan, random: () => number): Step {
  const streaming = plan.streaming === "untried" ? "refused" : plan.streaming;
  const known = { ...failed(plan), streaming };
  return waiting({ ...known, next: allOf(known) }, random);
}

function afterRefusal(
  plan: Plan,
  { code, retryAfterMs = 0 }: Extract<Outcome, { how: "refused" }>,
  random: () => number,
): Step {
  const asked = Math.min(MAX_ASKED_MS, retryAfterMs);
  const refused = { ...failed(plan), refusals: plan.refusals + 1 };
  const passing = code === 401 || code === 403 || code === 429 || code === 503;
  if (plan.next.do === "stream" && plan.streaming === "untried" && !passing) {
    const known: Plan = { ...plan, streaming: "refused", next: { do: "list" } };
    return { plan: known, waitMs: asked };
  }
  const isStuck = plan.next.do === "watch" && refused.refusals >= REFUSALS_BEFORE_LIST;
  const next = isStuck && !passing ? allOf(plan) : plan.next;
  const { waitMs } = waiting(refused, random, code === 403 ? MAX_FORBIDDEN_MS : MAX_BACKOFF_MS);
  return { plan: { ...refused, next }, waitMs: Math.max(asked, waitMs) };
}

const waiting = (plan: Plan, random: () => number, maxMs = MAX_BACKOFF_MS): Step => {
  const ms = Math.min(maxMs, PACE_MS * 2 ** Math.max(0, Math.min(20, plan.failures - 1)));
  return { plan, waitMs: jittered(ms, random) };
};

const jittered = (ms: number, random: () => number) => Math.round(ms * (1 + random() / 2));
