/** What is done for many nodes, with turns for everything else in between: the leader's lease, what sessions say. */
export type InTurns = {
  /** Each node once, however often it is asked for before its turn; the first at once where none waits. */
  soon(nodes: Iterable<string>): void;
  now(node: string): void;
  /** Nothing is done for those that still wait. */
  end(): void;
};

const TURN_MS = 10;

/** @param nowMs milliseconds that never go back */
export function createInTurns(act: (node: string) => void, nowMs: () => number): InTurns {
  const waiting = new Set<string>();
  let next: NodeJS.Immediate | undefined;

  function turn(): void {
    next = undefined;
    const end = nowMs() + TURN_MS;
    for (const node of waiting) {
      waiting.delete(node);
      act(node);
      if (nowMs() >= end) break;
    }
    if (waiting.size > 0) next = setImmediate(turn);
  }

  return {
    soon(nodes) {
      for (const node of nodes) waiting.add(node);
      if (next === undefined) turn();
    },
    now(node) {
      waiting.delete(node);
      act(node);
    },
    end() {
      waiting.clear();
      clearImmediate(next);
      next = undefined;
    },
  };
}
