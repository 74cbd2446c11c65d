/**
 * Lets at most `size` tasks run at a time. Which goes next `first` says: the place of one of the waiting, who stand in the order in which they came,
 * by what each is about. Unless it is given, that is the first.
 */
export function createSlots<About = undefined>(
  size: number,
  first: (waiting: readonly About[]) => number = () => 0,
): <T>(task: () => Promise<T>, signal: AbortSignal, about?: About) => Promise<T> {
  const waiting: { readonly enter: () => void; readonly about: About }[] = [];
  let free = size;

  const release = () => {
    if (waiting.length === 0) {
      free += 1;
      return;
    }
    const [next] = waiting.splice(first(waiting.map(({ about }) => about)), 1);
    next?.enter();
  };

  const acquire = (signal: AbortSignal, about: About): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const enter = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      waiting.splice(
        waiting.findIndex((one) => one.enter === enter),
        1,
      );
      reject(signal.reason);
    };
    waiting.push({ enter, about });
    signal.addEventListener("abort", leave, { once: true });
    return promise;
  };

  return async (task, signal, about) => {
    await acquire(signal, about as About);
    try {
      return await task();
    } finally {
      release();
    }
  };
}
