import { after } from "node:test";

/** Where clean-up can be registered: the context of a test, or `suite` inside a describe. */
export type Scope = { after(act: () => Promise<void>): void };

const stacks = new WeakMap<Scope, AsyncDisposableStack>();

/** For what all tests of a describe share: to be called in the describe's body, since a hook of a hook ends with the hook. */
export function suite(): Scope {
  const scope: Scope = { after: (act) => after(act) };
  stackOf(scope);
  return scope;
}

/** Acts when the test or suite has ended, however it ended; what was registered last acts first. */
export function atEnd(scope: Scope, act: () => Promise<void> | void): void {
  stackOf(scope).defer(act);
}

function stackOf(scope: Scope): AsyncDisposableStack {
  const known = stacks.get(scope);
  if (known !== undefined) return known;
  const stack = new AsyncDisposableStack();
  stacks.set(scope, stack);
  scope.after(() => stack.disposeAsync());
  return stack;
}
