import {
  type BlobStore,
  type Credential,
  type Descriptor,
  type Digest,
  formatReference,
  type ImageLayouts,
  type LayoutKeeper,
  type Reference,
} from "../oci/index.ts";
import type { Log } from "../runtime/index.ts";
import { type Bell, createBell } from "./bell.ts";
import type { BlobTransfers } from "./blob-transfers.ts";
import { diskTrouble } from "./disk-room.ts";
import { AgentError, shuttingDown, stopped } from "./errors.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { blobsOf, type ImagePlan, sameWanted, type Wanted } from "./image-plan.ts";
import type { ImageRecord, ImageRecords } from "./image-record.ts";
import {
  type ImageState,
  type ImageView,
  isSettled,
  isUnderWay,
  noTotals,
  stateAfter,
} from "./image-state.ts";
import { type Admission, refuseOther, transferImage } from "./image-transfer.ts";
import type { Origin } from "./origin.ts";
import { recallImage } from "./recall-image.ts";
import type { Seeding } from "./seeding.ts";
import { sweep } from "./sweep.ts";

/** Makes the origin of one run; the caller closes it. */
export type OriginFactory = (options: OriginOptions) => Origin;
export type OriginOptions = {
  readonly reference: Reference;
  readonly credential?: Credential;
  readonly wanted: Wanted;
  /** How long a leecher waits for a seeder that knows the image. */
  readonly waitMs: number;
};

/** The images of this daemon: what was started, how far each is, and what a restart goes on with. */
export interface Images {
  /** Takes up what earlier runs of the daemon had begun or completed. Transfers go on behind it. */
  restore(): Promise<void>;
  /** Starts an image, or joins its transfer; the log tells the whole of it. */
  start(request: OriginOptions): Promise<EventLog>;
  /** Takes an image whose blobs are all stored already. */
  adopt(reference: Reference, top: Descriptor): Promise<EventLog>;
  /** Ends transfer and seeding; layers that another image wants go on. Resolves with the image's layers. */
  stop(reference: Reference, keepPartial: boolean): Promise<readonly Digest[]>;
  /** Forgets the image and drops its layout; resolves with the bytes that became free. */
  remove(reference: Reference): Promise<number>;
  /** Goes on with every started image that lacks something, after a scrub has set blobs aside. */
  repair(digests: readonly Digest[]): Promise<void>;
  /** Goes on with an image that has failed, as after a restart. */
  resume(reference: Reference): void;
  view(reference: Reference): ImageView | undefined;
  views(): readonly ImageView[];
  /** Rings whenever a view has changed. */
  readonly changes: Bell;
  /** Removes blobs that no image needs. Resolves with the bytes that became free. */
  sweep(graceMs: number): Promise<number>;
  /** Until `work` has ended no young blob is swept, whatever asks for it. */
  whileKeeping<T>(work: () => Promise<T>): Promise<T>;
  /** Ends every transfer; what is on disk stays for the next start. */
  close(): Promise<void>;
}

export type ImagesDeps = {
  readonly store: BlobStore;
  readonly layouts: ImageLayouts & LayoutKeeper;
  readonly blobs: BlobTransfers;
  readonly seeding?: Seeding;
  readonly trackers: readonly string[];
  readonly records: ImageRecords;
  readonly originFor: OriginFactory;
  /** Resolves when a full disk may have room again. */
  readonly moreRoom: (signal: AbortSignal) => Promise<void>;
  /** Lets an image in where there is room for it; absent where every image is let in. */
  readonly admit?: Admission;
  readonly log: Log;
};

type Entry = {
  record: ImageRecord;
  state: ImageState;
  plan?: ImagePlan;
  stored: Set<Digest>;
  totals: ImageView["totals"];
  /** Something that was here is not any more: the run looks again before it ends. */
  lacksMore: boolean;
  events: EventLog;
  abort: AbortController;
  running: Promise<void>;
};

/** A restarted daemon has nobody who waits for it: its seeders may come back within the day. */
const RESTORED_WAIT_MS = 24 * 60 * 60 * 1_000;

export function createImages(deps: ImagesDeps): Images {
  const { store, layouts, blobs, seeding, records, log } = deps;
  const entries = new Map<string, Entry>();
  const changes = createBell();
  const closed = new AbortController();
  let keeping = 0;

  function setState(entry: Entry, state: ImageState): void {
    entry.state = state;
    changes.ring();
  }

  function newEntry(record: ImageRecord): Entry {
    const entry: Entry = {
      record,
      state: { state: "stopped" },
      stored: new Set(),
      totals: noTotals,
      lacksMore: false,
      events: createEventLog(),
      abort: new AbortController(),
      running: Promise.resolve(),
    };
    entries.set(formatReference(record.reference), entry);
    return entry;
  }

  function entryOf(reference: Reference): Entry {
    const entry = entries.get(formatReference(reference));
    if (entry !== undefined) return entry;
    throw new AgentError(
      "IMAGE_UNKNOWN",
      `no image ${formatReference(reference)} here: \`oci-torrent-ctr list\` shows what there is`,
    );
  }

  async function remember(entry: Entry, change: Partial<ImageRecord>): Promise<ImageRecord> {
    entry.record = { ...entry.record, ...change };
    await records.save(entry.record);
    return entry.record;
  }

  /** Starts a run of the entry; it reports through the entry's state and events and never rejects. */
  function begin(entry: Entry, options: OriginOptions, fresh: boolean): EventLog {
    entry.abort = new AbortController();
    entry.events = createEventLog();
    entry.running = run(entry, options, fresh);
    return entry.events;
  }

  const goOn = (entry: Entry) =>
    begin(entry, restored(entry.record), entry.record.top === undefined);

  async function run(entry: Entry, options: OriginOptions, fresh: boolean): Promise<void> {
    const imageLog = log.child({ image: formatReference(entry.record.reference) });
    const before = { state: entry.state, plan: entry.plan };
    const origin = deps.originFor(options);
    setState(entry, { state: "resolving" });
    try {
      let isFirst = true;
      do {
        entry.lacksMore = false;
        await whileDiskHasRoom(entry, imageLog, async () => {
          const asks = fresh && isFirst;
          isFirst = false;
          await transferImage(deps, entry.record, asks, runOf(entry, origin));
        }).catch((error: unknown) => {
          // What went away under the run's feet is brought by the next round.
          if (!entry.lacksMore || entry.abort.signal.aborted) throw error;
        });
      } while (entry.lacksMore);
      await withdraw(before.plan, entry);
      setState(entry, { state: seeding === undefined ? "complete" : "seeding" });
      imageLog.info("image complete", { ...entry.totals });
      entry.events.end();
    } catch (error) {
      // A failed look for a newer image takes nothing away from the one that is here.
      const kept = isSettled(before.state) && entry.plan === before.plan;
      setState(entry, kept && !entry.abort.signal.aborted ? before.state : stateAfter(error));
      if (!entry.abort.signal.aborted) imageLog.error("image failed", { error: String(error) });
      entry.events.end(error as Error);
    } finally {
      await origin.close();
    }
  }

  function runOf(entry: Entry, origin: Origin) {
    return {
      origin,
      events: entry.events,
      signal: entry.abort.signal,
      async resolved(top: Descriptor, trackers: readonly string[]) {
        // A registry names none: those that a seeder named before may still be right.
        const named = trackers.length > 0 ? trackers : entry.record.trackers;
        const record = await remember(entry, { top, trackers: named });
        changes.ring();
        return record;
      },
      planned(plan: ImagePlan) {
        entry.plan = plan;
        setState(entry, { state: "transferring" });
      },
      waits(message: string) {
        if (entry.state.state === "paused" && entry.state.message === message) return;
        setState(entry, { state: "paused", reason: "InsufficientDisk", message });
        entry.events.step({ step: "STEP_WAIT", text: message });
      },
      admitted: () => setState(entry, { state: "transferring" }),
      stored(digest: Digest, totals: ImageView["totals"]) {
        entry.stored.add(digest);
        entry.totals = totals;
        changes.ring();
      },
      serving: () => changes.ring(),
    };
  }

  async function whileDiskHasRoom(
    entry: Entry,
    imageLog: Log,
    work: () => Promise<void>,
  ): Promise<void> {
    while (true) {
      try {
        return await work();
      } catch (error) {
        const trouble = diskTrouble(error);
        if (trouble === undefined) throw error;
        const { reason, text } = trouble;
        const message = `${text} (${(error as Error).message})`;
        imageLog.warn("transfer paused", { reason, error: String(error) });
        // Measured before our own sweep, and before anybody hears of it and makes room.
        const moreRoom = deps.moreRoom(entry.abort.signal);
        setState(entry, { state: "paused", reason, message });
        entry.events.step({ step: "STEP_WAIT", text: message });
        await Promise.all([moreRoom, reason === "DiskPressure" && sweepStore(0)]);
      }
    }
  }

  const isWanted = (digest: Digest, except?: Entry): boolean =>
    [...entries.values()].some(
      (entry) =>
        entry !== except &&
        entry.record.desired === "started" &&
        entry.plan?.layers.some((layer) => layer.digest === digest),
    );

  /** Stops serving the layers of a plan that no started image wants, `except` one that is going. */
  async function withdraw(plan: ImagePlan | undefined, except?: Entry): Promise<void> {
    const own = new Set(
      except?.record.desired === "started" ? except.plan?.layers.map((l) => l.digest) : [],
    );
    for (const { digest } of plan?.layers ?? []) {
      if (!own.has(digest) && !isWanted(digest, except)) await seeding?.withdraw(digest);
    }
  }

  async function halt(entry: Entry, reason: Error): Promise<void> {
    entry.abort.abort(reason);
    await entry.running;
  }

  async function sweepStore(graceMs: number): Promise<number> {
    // What a run has read before its plan is known is protected by its age alone.
    const resolving =
      keeping > 0 || [...entries.values()].some(({ state }) => state.state === "resolving");
    return await sweep(
      { store, layouts, log, ...(seeding && { seeding }) },
      {
        plans: [...entries.values()].flatMap(({ plan }) => (plan === undefined ? [] : [plan])),
        graceMs: resolving ? Math.max(graceMs, SWEEP_GRACE_MS) : graceMs,
        signal: closed.signal,
      },
    );
  }

  async function recall(entry: Entry): Promise<void> {
    const { plan, stored } = await recallImage(store, entry.record);
    if (plan === undefined) return;
    entry.plan = plan;
    entry.stored = stored;
  }

  const viewOf = (entry: Entry): ImageView => ({
    record: entry.record,
    state: entry.state,
    stored: entry.stored,
    totals: entry.totals,
    ...(entry.plan === undefined ? {} : { plan: entry.plan }),
  });

  function refuseWhenClosing(): void {
    if (closed.signal.aborted) throw shuttingDown();
  }

  return {
    changes,
    async restore() {
      for (const record of await records.load()) {
        const entry = newEntry(record);
        await recall(entry);
        if (record.desired === "started") goOn(entry);
      }
    },
    async start(options) {
      refuseWhenClosing();
      const { wanted } = options;
      const key = formatReference(options.reference);
      const existing = entries.get(key);
      if (existing !== undefined && isUnderWay(existing.state)) {
        if (sameWanted(existing.record.wanted, wanted)) return existing.events;
        await halt(
          existing,
          new AgentError("STOPPED", `${key} was started again for other platforms`),
        );
      }
      const record = { reference: options.reference, desired: "started", trackers: [] } as const;
      const entry = existing ?? newEntry({ ...record, wanted });
      await remember(entry, { desired: "started", wanted });
      // Somebody else may have begun it meanwhile.
      return isUnderWay(entry.state) ? entry.events : begin(entry, options, true);
    },
    async adopt(reference, top) {
      refuseWhenClosing();
      refuseOther(reference, top);
      const existing = entries.get(formatReference(reference));
      if (existing !== undefined) await halt(existing, stopped());
      const record = { reference, top, wanted: { kind: "all" }, trackers: [] } as const;
      const entry = existing ?? newEntry({ ...record, desired: "started" });
      await remember(entry, { ...record, desired: "started" });
      return begin(entry, { reference, wanted: record.wanted, waitMs: 0 }, false);
    },
    async stop(reference, keepPartial) {
      const entry = entryOf(reference);
      await remember(entry, { desired: "stopped" });
      await halt(entry, stopped());
      setState(entry, { state: "stopped" });
      await withdraw(entry.plan);
      const layers = (entry.plan?.layers ?? []).map(({ digest }) => digest);
      for (const digest of keepPartial ? [] : layers) {
        if (!isWanted(digest)) await blobs.discard(digest);
      }
      return layers;
    },
    async remove(reference) {
      const entry = entryOf(reference);
      await halt(entry, stopped());
      entries.delete(formatReference(reference));
      await records.remove(reference);
      await layouts.removeImage(reference);
      await withdraw(entry.plan);
      for (const { digest } of entry.plan?.layers ?? []) {
        if (!isWanted(digest)) await blobs.discard(digest);
      }
      changes.ring();
      return await sweepStore(0);
    },
    async repair(digests) {
      if (closed.signal.aborted) return;
      for (const entry of entries.values()) {
        const { plan } = entry;
        const own = new Set((plan === undefined ? [] : blobsOf(plan)).map(({ digest }) => digest));
        const hit = digests.filter((digest) => own.has(digest));
        if (hit.length === 0) continue;
        for (const digest of hit) {
          entry.stored.delete(digest);
          await seeding?.withdraw(digest);
        }
        if (entry.record.desired === "stopped") continue;
        if (isUnderWay(entry.state)) entry.lacksMore = true;
        else goOn(entry);
      }
    },
    resume(reference) {
      const entry = entryOf(reference);
      if (entry.state.state === "failed" && !closed.signal.aborted) goOn(entry);
    },
    view(reference) {
      const entry = entries.get(formatReference(reference));
      return entry && viewOf(entry);
    },
    views: () => [...entries.values()].map(viewOf),
    sweep: sweepStore,
    async whileKeeping(work) {
      keeping += 1;
      try {
        return await work();
      } finally {
        keeping -= 1;
      }
    },
    async close() {
      closed.abort(shuttingDown());
      await Promise.all([...entries.values()].map((entry) => halt(entry, shuttingDown())));
    },
  };
}

/** How long a blob that no layout names stays: it may belong to an image whose plan is not known yet. */
export const SWEEP_GRACE_MS = 60 * 60 * 1_000;

const restored = ({ reference, wanted }: ImageRecord): OriginOptions => ({
  reference,
  wanted,
  waitMs: RESTORED_WAIT_MS,
});
