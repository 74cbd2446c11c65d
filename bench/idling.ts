import { setTimeout as sleep } from "node:timers/promises";
import { cpuSecondsOf, memoryOf, socketsOf } from "./proc.ts";
import { megabytes } from "./units.ts";

const SETTLE_MS = 10_000;
const LOOK_MS = 1_000;

export type Idling = {
  readonly rssMegabytes: number;
  readonly coreShare: number;
  /** The most that were open at one of the looks, one a second. */
  readonly sockets: number;
};

/** What a process that has nothing to do costs, over so many seconds after it has settled. */
export async function idle(pid: number, seconds: number): Promise<Idling> {
  await sleep(SETTLE_MS);
  const { rssBytes } = memoryOf(pid);
  const begun = performance.now();
  const before = cpuSecondsOf(pid);
  let sockets = 0;
  for (let look = 0; look < seconds; look += 1) {
    await sleep(LOOK_MS);
    sockets = Math.max(sockets, socketsOf(pid));
  }
  const coreShare = (cpuSecondsOf(pid) - before) / ((performance.now() - begun) / 1_000);
  return { rssMegabytes: megabytes(rssBytes), coreShare, sockets };
}
