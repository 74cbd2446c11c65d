/** Which keys wait for work, which are worked on, and which come later. Knows no time of its own. */
export class KeyQueue {
  readonly #maxKeys: number;
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  /** Asked for while they were worked on. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, number>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  /** Keys that wait, now or for their time. */
  get waiting(): number {
    return this.#ready.size + this.#again.size + this.#later.size;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Work on it as soon as may be; once, however often it is asked for. False where there is no room. */
  add(key: string): boolean {
    if (this.#ready.has(key) || this.#again.has(key)) return true;
    if (!this.#later.has(key) && this.waiting >= this.#maxKeys) return false;
    this.#later.delete(key);
    (this.#running.has(key) ? this.#again : this.#ready).add(key);
    return true;
  }

  /** Work on it from `dueMs` on; sooner where that has been asked for. False where there is no room. */
  addLater(key: string, dueMs: number): boolean {
    if (this.#ready.has(key) || this.#again.has(key)) return true;
    const known = this.#later.get(key);
    if (known === undefined && this.waiting >= this.#maxKeys) return false;
    this.#later.set(key, Math.min(dueMs, known ?? dueMs));
    return true;
  }

  /** The key that has waited longest and is not being worked on. It is, from now on. */
  take(nowMs: number): string | undefined {
    this.#comeDue(nowMs);
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#running.add(key);
      return key;
    }
    return undefined;
  }

  done(key: string): void {
    if (!this.#running.delete(key)) throw new Error(`${key} was not being worked on`);
    if (this.#again.delete(key)) this.#ready.add(key);
  }

  /** When the next key that waits for its time is due. */
  nextDue(): number | undefined {
    return this.#later.size === 0 ? undefined : Math.min(...this.#later.values());
  }

  #comeDue(nowMs: number): void {
    for (const [key, dueMs] of this.#later) {
      if (dueMs > nowMs) continue;
      this.#later.delete(key);
      (this.#running.has(key) ? this.#again : this.#ready).add(key);
    }
  }
}
