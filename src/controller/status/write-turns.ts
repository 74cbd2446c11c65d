/** First is that there is a status at all; news, what people wait for: a condition that changed. In the order in which they go. */
const LANES = ["first", "news", "progress"] as const;
export type Lane = (typeof LANES)[number];

export type TurnLimits = {
  readonly perSecond: number;
  /** How many may come at once after a pause; no fewer news than progress. What is first counts as news. */
  readonly atOnce: Readonly<Record<"news" | "progress", number>>;
  /** Between two writes of one object. */
  readonly apartMs: number;
};

/** 20 writes a second for all objects together, one a second for each; 300 objects that come at once are told at once. */
export const STATUS_LIMITS: TurnLimits = {
  perSecond: 20,
  atOnce: { news: 300, progress: 20 },
  apartMs: 1_000,
};

/** Whoever does not come for its turn within this time has lost it. */
const MISSED_MS = 5_000;

/**
 * When each object may be written. Whoever asks stands in line until it was written: by lanes, and else in the order in
 * which they asked. Knows no time of its own: `now` is in milliseconds and never goes back.
 */
export class WriteTurns {
  readonly #limits: TurnLimits;
  /** Objects in line, and until when each is to ask again. */
  readonly #lines: Readonly<Record<Lane, Map<string, number>>> = {
    first: new Map(),
    news: new Map(),
    progress: new Map(),
  };
  readonly #written = new Map<string, number>();
  /** Writes that may come now, and since when that has been so. */
  #allowed: number;
  #at = 0;

  constructor(limits: TurnLimits = STATUS_LIMITS) {
    this.#limits = limits;
    this.#allowed = limits.atOnce.news;
  }

  /** Milliseconds until the object should ask again; 0 when it may be written now. */
  waitMs(key: string, lane: Lane, now: number): number {
    this.#refill(now);
    const ahead = this.#standInLine(key, lane, now);
    const { perSecond, apartMs } = this.#limits;
    const lacking = ahead + 1 + this.#reservedFrom(lane) - this.#allowed;
    const apart = (this.#written.get(key) ?? Number.NEGATIVE_INFINITY) + apartMs - now;
    // What rounding leaves lacking is nothing.
    const wait = Math.max(0, apart, lacking < 1e-6 ? 0 : Math.ceil((lacking * 1_000) / perSecond));
    this.#lineOf(key)?.set(key, now + wait + MISSED_MS);
    return wait;
  }

  /** Milliseconds until an object that stands in line should ask; 0 for others. */
  dueInMs(key: string, now: number): number {
    const until = this.#lineOf(key)?.get(key);
    return until === undefined ? 0 : Math.max(0, until - MISSED_MS - now);
  }

  /** The object was written, or tried to be. */
  wrote(key: string, now: number): void {
    this.#refill(now);
    this.drop(key);
    this.#allowed -= 1;
    this.#written.delete(key);
    this.#written.set(key, now);
    for (const [old, at] of this.#written) {
      if (now - at < this.#limits.apartMs) break;
      this.#written.delete(old);
    }
  }

  /** The object need not be written any more. */
  drop(key: string): void {
    this.#lineOf(key)?.delete(key);
  }

  /** How many stand before it. Who stands in a lane that goes earlier stays there. */
  #standInLine(key: string, lane: Lane, now: number): number {
    const own = LANES.find((each) => each === lane || this.#lines[each].has(key)) ?? lane;
    let ahead = 0;
    for (const each of LANES) {
      const line = this.#lines[each];
      if (each === own) {
        if (!line.has(key)) {
          this.drop(key);
          line.set(key, now);
        }
        return ahead + placeIn(line, key, now);
      }
      ahead += line.size;
    }
    return ahead;
  }

  /** Progress leaves room for news. */
  #reservedFrom(lane: Lane): number {
    const { atOnce } = this.#limits;
    return lane === "progress" ? atOnce.news - atOnce.progress : 0;
  }

  #refill(now: number): void {
    const { perSecond, atOnce } = this.#limits;
    this.#allowed = Math.min(atOnce.news, this.#allowed + ((now - this.#at) * perSecond) / 1_000);
    this.#at = now;
  }

  #lineOf(key: string): Map<string, number> | undefined {
    return Object.values(this.#lines).find((line) => line.has(key));
  }
}

function placeIn(line: Map<string, number>, key: string, now: number): number {
  let place = 0;
  for (const [other, until] of line) {
    if (other === key) return place;
    if (until < now) line.delete(other);
    else place += 1;
  }
  return place;
}
