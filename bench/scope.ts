import type { Scope } from "../e2e/support/at-end.ts";

/** What `work` starts ends with it, also when it fails. */
export async function withScope<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  await using ends = new AsyncDisposableStack();
  return await work({ after: (act) => ends.defer(act) });
}
