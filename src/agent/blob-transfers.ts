import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Source, Step } from "../api/index.ts";
import {
  type BlobStore,
  createWriteBehind,
  type Descriptor,
  type Digest,
  hexOf,
} from "../oci/index.ts";
import type { LayerDelivery, LayerSink } from "./origin.ts";
import { createRateMeter } from "./rate-meter.ts";

/** How a layer can be had; `sink.file` is where it goes. */
export type Fill = {
  readonly source: Extract<Source, "SOURCE_REGISTRY" | "SOURCE_PEER">;
  run(sink: LayerSink, signal: AbortSignal): Promise<LayerDelivery>;
};

export type LayerProgress = { readonly completedBytes: number; readonly bytesPerSecond: number };

/** Hears of one blob's transfer; the steps that were before it came are told again. */
export type Watcher = {
  step(step: Step): void;
  /** Also while nothing comes: the rate falls then. */
  progress(progress: LayerProgress): void;
};

export type Obtained = { readonly source: Source; readonly delivery: LayerDelivery };

export type ActiveBlob = LayerProgress & { readonly source: Source };

/**
 * Brings blobs into the store, each once at a time however many images want it. The transfer belongs to all who wait
 * for it, and ends early only when the last of them has gone.
 */
export interface BlobTransfers {
  obtain(blob: Descriptor, fill: Fill, watcher: Watcher, signal: AbortSignal): Promise<Obtained>;
  active(digest: Digest): ActiveBlob | undefined;
  /** Forgets what an unfinished transfer has left on disk; does nothing while one runs. */
  discard(digest: Digest): Promise<void>;
}

export type BlobTransfersDeps = {
  readonly store: BlobStore;
  readonly partialDirectory: string;
  readonly inSlot: <T>(task: () => Promise<T>, signal: AbortSignal, blob: Descriptor) => Promise<T>;
};

type Transfer = {
  readonly abort: AbortController;
  readonly watchers: Set<Watcher>;
  readonly steps: Step[];
  readonly source: Source;
  progress: LayerProgress;
  result: Promise<Obtained>;
};

/** How often a transfer that stands still says so. */
const SAY_EVERY_MS = 1_000;
const NOTHING: LayerDelivery = { registryBytes: 0, peerBytes: 0, resumedBytes: 0 };

export function createBlobTransfers(deps: BlobTransfersDeps): BlobTransfers {
  const transfers = new Map<Digest, Transfer>();
  const fileOf = (digest: Digest) => join(deps.partialDirectory, hexOf(digest));

  function begin(blob: Descriptor, fill: Fill): Transfer {
    const transfer: Transfer = {
      abort: new AbortController(),
      watchers: new Set(),
      steps: [],
      source: fill.source,
      progress: { completedBytes: 0, bytesPerSecond: 0 },
      result: Promise.reject(new Error("not begun")),
    };
    transfer.result.catch(() => {});
    transfer.result = run(blob, fill, transfer).finally(() => transfers.delete(blob.digest));
    // Whoever waits gets the error from `follow`; when all have left, nobody needs it.
    transfer.result.catch(() => {});
    transfers.set(blob.digest, transfer);
    return transfer;
  }

  async function run(blob: Descriptor, fill: Fill, transfer: Transfer): Promise<Obtained> {
    const { signal } = transfer.abort;
    const file = fileOf(blob.digest);
    const disk = createWriteBehind(file);
    const tell = tellProgress(transfer);
    const sink: LayerSink = {
      file,
      step(step) {
        transfer.steps.push(step);
        for (const watcher of transfer.watchers) watcher.step(step);
      },
      progress(completedBytes) {
        disk.wrote(completedBytes);
        tell(completedBytes);
      },
    };
    const standingStill = setInterval(() => {
      if (transfer.progress.bytesPerSecond > 0) sink.progress(transfer.progress.completedBytes);
    }, SAY_EVERY_MS).unref();
    try {
      const delivery = await deps.inSlot(() => fill.run(sink, signal), signal, blob);
      await disk.close();
      await deps.store.adopt(file, blob.digest);
      return { source: fill.source, delivery };
    } finally {
      clearInterval(standingStill);
    }
  }

  async function follow(
    transfer: Transfer,
    watcher: Watcher,
    signal: AbortSignal,
  ): Promise<Obtained> {
    for (const step of transfer.steps) watcher.step(step);
    transfer.watchers.add(watcher);
    try {
      return await orAbort(transfer.result, signal);
    } finally {
      transfer.watchers.delete(watcher);
      if (transfer.watchers.size === 0) transfer.abort.abort(signal.reason);
    }
  }

  return {
    async obtain(blob, fill, watcher, signal) {
      while (true) {
        signal.throwIfAborted();
        const running = transfers.get(blob.digest);
        if (running === undefined) {
          if (await isStored(deps.store, blob))
            return { source: "SOURCE_LOCAL", delivery: NOTHING };
          // Another image may have begun it while the store was asked.
          if (transfers.has(blob.digest)) continue;
          return await follow(begin(blob, fill), watcher, signal);
        }
        // One that ends because nobody waits for it: wait until its file is free, then look again.
        if (running.abort.signal.aborted)
          await orAbort(
            running.result.catch(() => {}),
            signal,
          );
        // Another image's source may fail where ours does not, so its failure is no verdict on us.
        else await follow(running, watcher, signal).catch(() => {});
      }
    },
    active(digest) {
      const transfer = transfers.get(digest);
      return transfer && { ...transfer.progress, source: transfer.source };
    },
    async discard(digest) {
      const running = transfers.get(digest);
      if (running !== undefined && !running.abort.signal.aborted) return;
      await running?.result.catch(() => {});
      if (transfers.has(digest)) return;
      await rm(fileOf(digest), { force: true });
      await rm(`${fileOf(digest)}.state`, { force: true });
    },
  };
}

function tellProgress(transfer: Transfer): (completedBytes: number) => void {
  const meter = createRateMeter(Date.now);
  return (completedBytes) => {
    const progress = { completedBytes, bytesPerSecond: meter.at(completedBytes) };
    transfer.progress = progress;
    for (const watcher of transfer.watchers) watcher.progress(progress);
  };
}

async function isStored(store: BlobStore, blob: Descriptor): Promise<boolean> {
  if (blob.size === 0) await store.put(blob.digest, new Uint8Array());
  const info = await store.stat(blob.digest);
  if (info === undefined || info.size === blob.size) return info !== undefined;
  await store.quarantine(blob.digest);
  return false;
}

/** The promise's result, or the signal's reason as soon as it is aborted; the work itself goes on. */
async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    aborted.catch(() => {});
  }
}
