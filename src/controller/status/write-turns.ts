/** News is what people wait for: a condition that changed, or that there is a status at all. */
export type Lane = "news" | "progress";

type Turn = { readonly at: number; readonly lane: Lane };

export type TurnLimits = {
  readonly perSecond: number;
  /** How many may come at once after a pause, by lane. */
  readonly atOnce: Readonly<Record<Lane, number>>;
  /** Between two writes of one object. */
  readonly apartMs: number;
};

/** 20 writes a second for all objects together, one a second for each; 300 objects that come at once are told at once. */
export const STATUS_LIMITS: TurnLimits = {
  perSecond: 20,
  atOnce: { news: 300, progress: 20 },
  apartMs: 1_000,
};

/**
 * When each object may be written. Whoever asks gets a turn and keeps it, so that all are served in the order in which they
 * asked; news goes ahead of progress. Knows no time of its own: `now` is in milliseconds and never goes back.
 */
export class WriteTurns {
  readonly #limits: TurnLimits;
  readonly #turns = new Map<string, Turn>();
  readonly #written = new Map<string, number>();
  /** Writes that have a turn, told as the time that they take at the rate. */
  #taken = Number.NEGATIVE_INFINITY;

  constructor(limits: TurnLimits = STATUS_LIMITS) {
    this.#limits = limits;
  }

  /** Milliseconds until the object's turn; 0 when it is now. */
  waitMs(key: string, lane: Lane, now: number): number {
    const turn = this.#turns.get(key) ?? this.#newTurn(key, lane, now);
    const { at } =
      turn.lane === "progress" && lane === "news" ? this.#sooner(key, turn, now) : turn;
    return Math.max(0, at - now);
  }

  /** The object was written, or tried to be. */
  wrote(key: string, now: number): void {
    this.#turns.delete(key);
    this.#written.delete(key);
    this.#written.set(key, now);
    for (const [old, at] of this.#written) {
      if (now - at < this.#limits.apartMs) break;
      this.#written.delete(old);
    }
  }

  /** The object need not be written any more. */
  drop(key: string): void {
    this.#turns.delete(key);
  }

  #newTurn(key: string, lane: Lane, now: number): Turn {
    const at = Math.max(this.#earliest(key, now), this.#free(lane));
    this.#taken = Math.max(this.#taken, at) + this.#spacing;
    const turn = { at, lane };
    this.#turns.set(key, turn);
    return turn;
  }

  /** What had a turn for its progress has news: its place is kept, and it comes earlier. */
  #sooner(key: string, { at }: Turn, now: number): Turn {
    const soonest = Math.max(this.#earliest(key, now), this.#free("news") - this.#spacing);
    const turn: Turn = { at: Math.min(at, soonest), lane: "news" };
    this.#turns.set(key, turn);
    return turn;
  }

  #earliest(key: string, now: number): number {
    return Math.max(
      now,
      (this.#written.get(key) ?? Number.NEGATIVE_INFINITY) + this.#limits.apartMs,
    );
  }

  #free(lane: Lane): number {
    return this.#taken - (this.#limits.atOnce[lane] - 1) * this.#spacing;
  }

  get #spacing(): number {
    return 1_000 / this.#limits.perSecond;
  }
}
