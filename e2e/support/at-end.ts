import { after } from "node:test";

/** Where clean-up can be registered: the context of a test, or `suite` inside a describe. */
export type Scope = { after(act: () => Promise<void>): void };

/** For what all tests of a describe share; call its functions in the describe's body or its `before`. */
export const suite: () => Scope = () => ({ after: (act) => after(act) });

const stacks = new WeakMap<Scope, AsyncDisposableStack>();

/** Acts when the test or suite has ended, however it ended; what was registered last acts first. */
export function atEnd(scope: Scope, act: () => Promise<void> | void): void {
  let stack = stacks.get(scope);
  if (stack === undefined) {
    const created = new AsyncDisposableStack();
    stacks.set(scope, created);
    scope.after(() => created.disposeAsync());
    stack = created;
  }
  stack.defer(act);
}
