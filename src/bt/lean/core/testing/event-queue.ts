type Event = { readonly atMs: number; readonly order: number; readonly act: () => void };

/** Events in virtual time; of two at the same time, the one added first. A binary heap. */
export class EventQueue {
  nowMs = 0;
  #heap: Event[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, act: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#added++, act };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = event;
  }

  runNext(): void {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return;
    if (this.#heap.length > 0) this.#sink(last);
    this.nowMs = first.atMs;
    first.act();
  }

  #sink(event: Event): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child++;
      const down = heap[child];
      if (down === undefined || isBefore(event, down)) break;
      heap[index] = down;
      index = child;
    }
    heap[index] = event;
  }
}

const isBefore = (a: Event, b: Event) =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
