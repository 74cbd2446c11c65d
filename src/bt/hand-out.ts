/** The peers of one zone; arrays, so that a random choice costs no more than its size. */
export type ZonePeers<P> = {
  readonly zone: string;
  readonly complete: readonly P[];
  readonly incomplete: readonly P[];
};

export type Asker<P> = {
  readonly zone: string;
  readonly isComplete: boolean;
  /** At most so many peers. */
  readonly wanted: number;
  is(peer: P): boolean;
};

/** Enough that pieces cross zones in several places, and few enough that most bytes stay inside. */
const ACROSS = 4;

/**
 * A random choice of peers that are of use to the asker: its own zone's, with four from other zones, or more where its
 * own has too few. Who is complete is given those that are not.
 */
export function handOut<P>(
  zones: readonly ZonePeers<P>[],
  asker: Asker<P>,
  random: () => number,
): readonly P[] {
  const wanted = Math.max(0, asker.wanted);
  const listsOf = (chosen: readonly ZonePeers<P>[]) =>
    chosen.flatMap(({ complete, incomplete }) =>
      asker.isComplete ? [incomplete] : [complete, incomplete],
    );
  const near = listsOf(zones.filter(({ zone }) => zone === asker.zone));
  const far = listsOf(zones.filter(({ zone }) => zone !== asker.zone));
  // One more, because the asker itself may be among them.
  const local = choose(near, wanted + 1, random).filter((peer) => !asker.is(peer));
  const across = Math.max(Math.min(ACROSS, Math.floor(wanted / 5)), wanted - local.length);
  const others = choose(far, across, random);
  while (local.length + others.length > wanted)
    local.splice(Math.floor(random() * local.length), 1);
  return [...local, ...others];
}

/** So many different ones of all lists together, each with the same chance. */
function choose<P>(lists: readonly (readonly P[])[], wanted: number, random: () => number): P[] {
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  return [...distinct(Math.min(wanted, total), total, random)].flatMap((place) => {
    let left = place;
    for (const list of lists) {
      const peer = list[left];
      if (left < list.length && peer !== undefined) return [peer];
      left -= list.length;
    }
    return [];
  });
}

/** Floyd's choice of `count` different numbers below `total`. */
function distinct(count: number, total: number, random: () => number): Set<number> {
  const chosen = new Set<number>();
  for (let top = total - count; top < total; top += 1) {
    const pick = Math.floor(random() * (top + 1));
    chosen.add(chosen.has(pick) ? top : pick);
  }
  return chosen;
}
