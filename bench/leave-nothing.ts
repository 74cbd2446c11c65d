import { constants } from "node:os";
import { clearLeftovers, findLeftovers, type Leftovers, RUN_VARIABLE } from "../tools/leftovers.ts";

/** What processes and directories of this run bear: with the processes go the namespaces, which consist of them alone. */
const runName = `bench-${process.pid}`;

/** A process that is just starting another may need to be looked for again. */
const LOOKS = 100;

/** From now on this process leaves no other, no namespace and no directory behind, however it ends: done, failed or told to. */
export function leaveNothingBehind(): void {
  process.env[RUN_VARIABLE] = runName;
  process.on("exit", clearAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

function clearAll(): void {
  for (let look = 0; look < LOOKS; look += 1) {
    const left = findOthers();
    if (left.processes.length + left.directories.length === 0) return;
    try {
      clearLeftovers(left);
    } catch {
      // A process that has not ended yet wrote into a directory meanwhile.
    }
  }
}

function findOthers(): Leftovers {
  const { processes, directories } = findLeftovers(runName);
  return { processes: processes.filter(({ pid }) => pid !== process.pid), directories };
}
