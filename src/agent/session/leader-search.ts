// Which controller to try next. A round tries each once; a follower that names the leader sends there at once.

export type Round = { readonly next: readonly string[]; readonly tried: readonly string[] };

/** Further names of a leader in one round are not followed: replicas that name one another must not keep an agent busy. */
const MOST_TRIES = 32;

/** What is known from before: who was named as the leader, and who led until its connection broke. */
export type Known = { readonly leader?: string; readonly lost?: string };

/**
 * A named leader comes first; one whose connection broke comes last, since it may not answer at all and the others know it if it
 * leads still; those between by chance.
 * @param addresses ip:port, as the headless Service has them now
 */
export function beginRound(
  addresses: readonly string[],
  { leader, lost }: Known,
  random: () => number,
): Round {
  const others = addresses.filter((address) => address !== leader && address !== lost);
  const shuffled = others
    .map((address) => ({ address, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ address }) => address);
  const last = lost === leader ? undefined : lost;
  return { next: [leader, ...shuffled, last].filter((each) => each !== undefined), tried: [] };
}

/** `address` did not do; `leader` is what it named as the leader, if anything. */
export function afterTry(
  { next, tried }: Round,
  address: string,
  leader: string | undefined,
): Round {
  const done = [...tried, address];
  const left = next.filter((each) => each !== address && each !== leader);
  const follows = leader !== undefined && !done.includes(leader) && done.length < MOST_TRIES;
  return { next: follows ? [leader, ...left] : left, tried: done };
}

/** Who was lost comes last in the next round too: another may lead by then, and one that is gone costs each round seconds. */
export function afterRoundInVain({ leader, lost = leader }: Known): Known {
  return lost === undefined ? {} : { lost };
}

const SHORTEST_CONNECT_MS = 5_000;
const LONGEST_CONNECT_MS = 20_000;

/**
 * How long a controller may take to let us connect, after so many rounds in vain. One that is gone should not cost long; but a
 * leader to whom a thousand come at once needs time for their handshakes, and those who break theirs off and come again only
 * cost it more.
 */
export const connectMs = (inVain: number): number =>
  Math.min(LONGEST_CONNECT_MS, SHORTEST_CONNECT_MS * 2 ** Math.min(inVain, 10));

const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
const LONGEST_REFUSED_WAIT_MS = 60_000;

/** Between rounds. One who was refused for its own sake, not just sent elsewhere, comes back ever more rarely. */
export function waitBetweenRoundsMs(refusals: number, random: () => number): number {
  const ms = SHORTEST_WAIT_MS + random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS);
  return Math.min(LONGEST_REFUSED_WAIT_MS, ms * 2 ** Math.min(refusals, 10));
}
