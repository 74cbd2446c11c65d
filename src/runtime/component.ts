/** Something that works until it is told to stop. */
export type Component = {
  readonly name: string;
  /** Settles soon after the signal aborts, with everything it opened closed. Returning earlier is a failure. */
  run(signal: AbortSignal): Promise<void>;
};

export type ComponentFailure = { readonly component: string; readonly cause: unknown };

/** The message is that of the component that failed first; those that failed while stopping follow in `failures`. */
export class ComponentError extends Error {
  override readonly name = "ComponentError";
  readonly failures: readonly ComponentFailure[];
  constructor(first: ComponentFailure, failures: readonly ComponentFailure[]) {
    super(`${first.component} failed: ${messageOf(first.cause)}`, { cause: first.cause });
    this.failures = failures;
  }
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

/**
 * Runs the components side by side until the signal aborts, and waits for every one of them.
 * The first to fail stops the others.
 * @throws ComponentError
 */
export async function runAll(components: readonly Component[], signal: AbortSignal): Promise<void> {
  const failures: ComponentFailure[] = [];
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  await Promise.all(
    components.map(async (component) => {
      const cause = await causeOfEnd(component, stop);
      if (cause === undefined) return;
      failures.push({ component: component.name, cause });
      failed.abort(new Error(`${component.name} failed`));
    }),
  );
  const [first] = failures;
  if (first !== undefined) throw new ComponentError(first, failures);
}

/** Undefined where the component ended because it was told to. */
async function causeOfEnd(component: Component, stop: AbortSignal): Promise<unknown> {
  try {
    await component.run(stop);
  } catch (error) {
    return stop.aborted && isAbort(error, stop) ? undefined : (error ?? new Error("no reason"));
  }
  return stop.aborted ? undefined : new Error("it ended before it was told to");
}

const isAbort = (error: unknown, { reason }: AbortSignal): boolean =>
  error === reason || (error instanceof Error && error.name === "AbortError");
