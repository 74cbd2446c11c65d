import { ordersFor } from "./apply/agent-orders.ts";
import { createInTurns } from "./apply/in-turns.ts";
import type { Term, TermInput } from "./reconcile/leading-deps.ts";
import { createImageLookup, type ImageLookupDeps } from "./resolve/image-lookup.ts";
import type { Sessions } from "./sessions/sessions.ts";

export type TermDeps = Omit<ImageLookupDeps, "onImage" | "onCredential" | "isFetching"> & {
  readonly sessions: Pick<Sessions, "facts" | "holders" | "setDesired">;
  /** Announce URLs. */
  readonly trackers: readonly string[];
};

/** Looks images up at their registries, and tells agents over their sessions what has been decided. */
export function createTerm(deps: TermDeps, { fleet, look, zoneOf }: TermInput): Term {
  const { sessions, trackers } = deps;
  const tell = (node: string) => {
    const { documents, credential } = lookup;
    const facts = sessions.facts();
    const { holders } = sessions;
    const input = { fleet, sessions: facts, holders, documents, credential, trackers, zoneOf };
    sessions.setDesired(node, ordersFor(node, input));
  };
  // A lease concerns all who want the layer, so a few distributions can concern all nodes many times a second.
  const turns = createInTurns(tell, () => deps.clock.now());
  const lookup = createImageLookup({
    ...deps,
    onImage: look,
    onCredential: (key) => turns.soon(fleet.leases.nodesOf(key)),
    isFetching: (key) => fleet.leases.nodesOf(key).size > 0,
  });
  return {
    name: "images",
    resolutions: lookup,
    tellAgents: turns.soon,
    tellAtOnce: turns.now,
    async run(signal) {
      try {
        await lookup.run(signal);
      } finally {
        turns.end();
      }
    },
  };
}
