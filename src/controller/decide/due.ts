/** Answers whether moments have passed, and remembers the next that has not: then to look again. */
export class Due {
  readonly now: number;
  #next = Number.POSITIVE_INFINITY;

  constructor(now: number) {
    this.now = now;
  }

  passed(moment: number): boolean {
    if (this.now >= moment) return true;
    this.#next = Math.min(this.#next, moment);
    return false;
  }

  /** Milliseconds until something that was asked for passes; undefined where nothing will. */
  get inMs(): number | undefined {
    return this.#next === Number.POSITIVE_INFINITY ? undefined : this.#next - this.now;
  }
}
