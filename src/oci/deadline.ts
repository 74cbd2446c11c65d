/** Runs `act` with a signal that also ends after `ms`; then fails with what `late` makes, never with a bare abort. */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  late: () => Error,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(late()), ms);
  try {
    return await act(AbortSignal.any([signal, timer.signal]));
  } catch (error) {
    signal.throwIfAborted();
    timer.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timeout);
  }
}
