import type { Measured } from "./report.ts";
import { verdictOf } from "./verdict.ts";

const PROCESSOR_TIME =
  "A read brings 26 KB, 3,800 reads a node for 100 MB, so reading less often brings little: sockets read in turns of 5 ms cost 2.0 in place of 1.85 CPU-s, " +
  "and letting the thread rest for 4 ms between its turns 1.16 in place of 1.39 in one run, at the price of a thread that answers nothing meanwhile. " +
  "What helped is in: memory given once to the worker that hashes, and no copy between socket and piece. What is left is spread over receiving, hashing, writing, collecting garbage and compiling.";

/** By scenario and figure: what was done for a gate that is still missed, and what it brought. Shown only where it is missed. */
const TRIED: ReadonlyMap<string, string> = new Map([
  ["g1: processor time of a node over aria2's", PROCESSOR_TIME],
  ["g5: processor time of a node over aria2's", PROCESSOR_TIME],
]);

/** A line for each gate that these measurements miss. */
export const triedFor = ({ scenario: { name }, figures }: Measured): readonly string[] =>
  figures
    .filter((figure) => verdictOf(figure) === "miss")
    .flatMap((figure) => {
      const tried = TRIED.get(`${name}: ${figure.name}`);
      return tried === undefined ? [] : [`Missed, ${figure.name}. ${tried}`];
    });
