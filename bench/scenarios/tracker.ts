import { atEnd } from "../../e2e/support/at-end.ts";
import { startTracker } from "../../e2e/support/tracker.ts";
import { Announcers, type Crowd } from "../announcing.ts";
import { cpuSecondsOf, memoryOf } from "../proc.ts";
import { quantile } from "../quantile.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

const LARGEST_SWARM = 10_000;
const SMALL_SWARM = 10;
const SWARMS = 1_000;
/** One swarm as large as a tracker lets it grow, and very many as large as one image's on a few nodes. */
const CROWD: Crowd = [LARGEST_SWARM, ...Array<number>(SWARMS - 1).fill(SMALL_SWARM)];
const ANNOUNCES_PER_SECOND = 2_000;
const MINUTES = 5;
const MOST_MEMORY_BYTES = 300 * 1024 * 1024;

export const trackerScenario: Scenario = {
  name: "tracker",
  about: `${ANNOUNCES_PER_SECOND} announces a second for ${MINUTES} minutes, in ${SWARMS} swarms, one of ${LARGEST_SWARM} peers; each minute is a sample, --runs counts for nothing`,
  needs: () => ["setpriv"],
  measure: async (options) => ({ figures: await measure(options) }),
};

type Minute = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
  readonly coreShare: number;
  readonly rssBytes: number;
  /** Peers that announce and that the tracker does not know. */
  readonly missing: number;
};

const measure = ({ tell }: BenchOptions): Promise<readonly Figure[]> =>
  withScope(async (scope) => {
    const { url, process } = await startTracker(scope);
    const announcers = new Announcers(url, CROWD);
    atEnd(scope, () => announcers.close());
    // Everybody comes once before anything counts.
    await announcers.announce(ANNOUNCES_PER_SECOND, announcers.peers / ANNOUNCES_PER_SECOND);
    const minutes: Minute[] = [];
    for (let minute = 1; minute <= MINUTES; minute += 1) {
      minutes.push(await announceForAMinute(announcers, process.pid));
      tell(`minute ${minute} of ${MINUTES}`);
    }
    return figuresOf(minutes);
  });

async function announceForAMinute(announcers: Announcers, pid: number): Promise<Minute> {
  const before = cpuSecondsOf(pid);
  const { latenciesMs, failures, seconds } = await announcers.announce(ANNOUNCES_PER_SECOND, 60);
  const known = await announcers.known(SWARMS);
  return {
    perSecond: latenciesMs.length / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    failures,
    coreShare: (cpuSecondsOf(pid) - before) / seconds,
    rssBytes: memoryOf(pid).peakRssBytes,
    missing: announcers.peers - known.reduce((sum, peers) => sum + peers, 0),
  };
}

function figuresOf(minutes: readonly Minute[]): readonly Figure[] {
  const of = (read: (minute: Minute) => number) => minutes.map(read);
  return [
    {
      name: "announces answered a second",
      unit: "count",
      samples: of(({ perSecond }) => perSecond),
      // Else it was not the load that it says.
      gate: { atLeast: 0.99 * ANNOUNCES_PER_SECOND },
    },
    {
      name: "announces that failed",
      unit: "count",
      samples: of(({ failures }) => failures),
      gate: { atMost: 0 },
    },
    {
      name: "peers that the tracker lost",
      unit: "count",
      samples: of(({ missing }) => missing),
      gate: { atMost: 0 },
    },
    { name: "answer, half of them", unit: "ms", samples: of(({ p50Ms }) => p50Ms) },
    {
      name: "answer, 99 % of them",
      unit: "ms",
      samples: of(({ p99Ms }) => p99Ms),
      gate: { atMost: 100 },
    },
    {
      name: "peak memory of the tracker",
      unit: "MB",
      samples: of(({ rssBytes }) => megabytes(rssBytes)),
      gate: { atMost: megabytes(MOST_MEMORY_BYTES) },
    },
    {
      name: "the tracker's share of a core",
      unit: "share",
      samples: of(({ coreShare }) => coreShare),
    },
  ];
}
