import { once } from "node:events";
import type { Term } from "../reconcile/leading-deps.ts";
import type { Resolutions } from "../reconcile/reconcile.ts";

/** A term in which no registry is asked, and no agent is told unless the test says how. */
export const aTerm = ({
  of,
  tellAgents = () => {},
}: Pick<Resolutions, "of"> & Partial<Pick<Term, "tellAgents">>): Term => ({
  name: "term",
  resolutions: { of, forget: () => {} },
  tellAgents,
  tellAtOnce: (node) => tellAgents(new Set([node])),
  async run(signal) {
    if (!signal.aborted) await once(signal, "abort");
  },
});
