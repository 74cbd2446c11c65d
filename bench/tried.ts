import type { Measured } from "./report.ts";
import { verdictOf } from "./verdict.ts";

const PROCESSOR_TIME =
  "A read brings 26 KB, 3,800 reads a node for 100 MB, so reading less often brings little: sockets read in turns of 5 ms cost 2.0 in place of 1.85 CPU-s, " +
  "and letting the thread rest for 4 ms between its turns 1.16 in place of 1.39 in one run, at the price of a thread that answers nothing meanwhile. " +
  "What helped is in: memory given once to the worker that hashes, and no copy between socket and piece. What is left is spread over receiving, hashing, writing, collecting garbage and compiling.";

const TWENTY_NODES =
  "The source sends 1.5 copies, and 21 processes leave two cores 32 % idle with turns of 50 ms: in virtual time, where each node has its turn at once, the same engine takes 1.28 and sends 1.18 copies, and 1.48 when turns come every 60 ms. " +
  "In two runs each: 3 blocks under way at least, in place of 6, gave 1.71 and 1.75; blocks of 64 KiB in place of 128, at more processor time, 1.66 and 1.60; no doubled asks to a source that deals 1.83 and 1.70; 12 pieces dealt ahead in place of 6 1.67, and 1.30 with several layers. " +
  "TCP sends 0.5 % again at most.";
const SEVERAL_LAYERS =
  "As many bytes in one layer take 1.15, and the source sends 1.11 copies in place of 1.03; why, is not proven. 12 pieces dealt ahead in place of 6 made it 1.30 in two runs.";

const LOADING =
  "A plain Node server takes about 0.25 CPU-s to send 480 MB of a file through its streams to curl, which may be the difference; that it is has not been shown. " +
  "There chunks of 0.5 to 2 MiB in place of 256 KiB were sent no faster, and those of 64 KiB half as fast; in the mirror nothing was changed. The mirror runs in the bench's own process here, not in an agent's.";

const CONTROLLER_MEMORY =
  "With 1,000 sessions and no distribution it has 259 to 282 MB; what a session takes is about 100 KB outside of JavaScript. While all fetch, JavaScript's heap has 130 to 220 MB in use.";
const RECONCILING =
  "It contains the writes: 0.3 s each in one run, on two cores with the API server and 1,000 simulated agents, where a turn of the event loop takes 0.2 s. A decision takes 5 ms. " +
  "With 4 distributions looked after at a time in place of 16 it was 1.0 and 1.8 s, and with 48 5.4 s.";
const FIRST_CONDITION =
  "With 48 distributions looked after at a time in place of 16 it was 6.7 s in one run; but with 1,000 agents the leader then took 8 of its 10 s to renew its lease.";
const APPLYING =
  "An agent looks at its images 0.1 s after a change, in place of once a second: 14.3 s in place of 15.8, of which the load alone is 3.0 in place of 3.5.";

/** By scenario and figure: what was done for a gate that is still missed, and what it brought. Shown only where it is missed. */
const TRIED: ReadonlyMap<string, string> = new Map([
  ["g1: processor time of a node over aria2's", PROCESSOR_TIME],
  ["g3: time of the last node over the bound", TWENTY_NODES],
  ["g4-layers: time of the last node over the bound", SEVERAL_LAYERS],
  ["load: time of the load over that of a pull from a registry", LOADING],
  ["agents-1000: peak memory of the controller", CONTROLLER_MEMORY],
  ["agents-1000: reconcile, p99", RECONCILING],
  ["distributions-500: until a distribution has a condition, p95", FIRST_CONDITION],
  ["apply: time over that of the image on one link and the load alone", APPLYING],
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
