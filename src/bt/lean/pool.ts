/** Memory for one piece that is coming in, readable by the worker thread. */
export type Slot = {
  readonly memory: SharedArrayBuffer;
  readonly at: number;
  readonly bytes: Uint8Array;
};

/** A fixed amount of memory for pieces under way. */
export type Pool = {
  readonly bytes: number;
  readonly memory: SharedArrayBuffer;
  take(bytes: number): Slot;
  /** The slot's memory may be given to another piece from now on. */
  give(slot: Slot): void;
};

const UNIT = 64 * 1024;

/**
 * Slots are runs of 64 KiB, first fit. Whoever asks keeps to the pool's size; where runs of free memory are too short for a piece all the same, it gets
 * memory of its own.
 */
export function createPool(bytes: number): Pool {
  const memory = new SharedArrayBuffer(bytes);
  const taken = new Uint8Array(bytes / UNIT);

  const find = (units: number): number | undefined => {
    for (let first = 0; first + units <= taken.length; ) {
      const last = taken.subarray(first, first + units).lastIndexOf(1);
      if (last < 0) return first;
      first += last + 1;
    }
    return undefined;
  };
  const mark = (slot: Slot, value: 0 | 1) => {
    const first = slot.at / UNIT;
    taken.fill(value, first, first + Math.ceil(slot.bytes.length / UNIT));
  };

  return {
    bytes,
    memory,
    take: (wanted) => {
      const first = find(Math.ceil(wanted / UNIT));
      if (first === undefined) {
        const own = new SharedArrayBuffer(wanted);
        return { memory: own, at: 0, bytes: Buffer.from(own) };
      }
      const at = first * UNIT;
      const slot = { memory, at, bytes: Buffer.from(memory, at, wanted) };
      mark(slot, 1);
      return slot;
    },
    give: (slot) => {
      if (slot.memory === memory) mark(slot, 0);
    },
  };
}
