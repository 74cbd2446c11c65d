import { BtError } from "../errors.ts";
import type { ImageOrder, NamedBlob } from "../swarm.ts";
import { type BlobOptions, dropped, keyOf, LeanBlob } from "./blob.ts";
import type { BlobKey, Core, HashList } from "./core/messages.ts";
import type { Finder } from "./finder.ts";
import { listOf, type Shell } from "./shell.ts";
import { Wishes } from "./wishes.ts";

export type RunningBlobsDeps = {
  readonly shell: Shell;
  readonly finder: Finder;
  readonly core: Core;
};

/** The blobs that an engine moves or serves, from the opening of their file until it is closed. */
export class RunningBlobs {
  readonly #deps: RunningBlobsDeps;
  /** Blobs whose file is being opened or checked. */
  readonly #starting = new Map<BlobKey, { abort: AbortController; infoHash: string | undefined }>();
  readonly #wishes = new Wishes();
  readonly #stopping = new Map<LeanBlob, Promise<void>>();

  constructor(deps: RunningBlobsDeps) {
    this.#deps = deps;
  }

  /** Opens the file with `prepare`, and hands the blob to the core. */
  async start(
    named: NamedBlob & { readonly pieceLength: number },
    infoHash: string | undefined,
    prepare: (stopped: AbortSignal) => Promise<Omit<BlobOptions, "peers" | "bytesPerSecond">>,
    list?: HashList,
  ): Promise<LeanBlob> {
    const { shell, finder } = this.#deps;
    const key = keyOf(named);
    if (this.#starting.has(key) || shell.blobs.has(key)) {
      const id = infoHash ?? key;
      throw new BtError(
        "STORAGE_FAILED",
        `torrent ${id} is being downloaded or served already: drop it first`,
      );
    }
    const abort = new AbortController();
    this.#starting.set(key, { abort, infoHash });
    try {
      const options = await prepare(abort.signal);
      const blob: LeanBlob = new LeanBlob({
        ...options,
        peers: () => this.#peersOf(key),
        bytesPerSecond: () => this.#bytesPerSecondOf(key),
      });
      if (abort.signal.aborted) {
        await blob.closeFile();
        throw abort.signal.reason;
      }
      shell.blobs.set(key, blob);
      this.#tellWanted(blob, list);
      finder.begin(blob);
      return blob;
    } finally {
      this.#starting.delete(key);
    }
  }

  #tellWanted(blob: LeanBlob, list: HashList | undefined): void {
    const { torrent } = blob;
    const known = list ?? (torrent && listOf(torrent));
    const { size, pieceLength: pieceBytes } = blob.shape;
    const lease = { generation: 1, issuer: 0, fromPiece: 0 };
    this.#deps.shell.tell({
      on: "blobWanted",
      blob: {
        key: blob.key,
        group: blob.key,
        size,
        pieceBytes,
        startedMs: performance.now(),
        ...this.#wishes.of(blob.key),
        held: blob.heldBits,
        ...(known && { list: known }),
        ...(blob.isComplete && { proven: true }),
        ...(blob.isGrowing && { lease }),
      },
    });
  }

  /** Holds for the blobs that are here, and for those to come. */
  setImages(images: readonly ImageOrder[]): void {
    const { shell } = this.#deps;
    for (const input of this.#wishes.set(images)) shell.tell(input);
    for (const blob of shell.blobs.values()) this.#tellWanted(blob, undefined);
  }

  /** Until the blob is whole and proven; stops it when `signal` aborts. */
  async untilFinished(blob: LeanBlob, signal: AbortSignal): Promise<HashList> {
    const abort = () => void this.stop(blob, signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      const list = await blob.finished;
      if (blob.torrent !== undefined && blob.resumedBytes < blob.shape.size) {
        this.#deps.finder.completed(blob);
      }
      return list;
    } catch (error) {
      await this.stop(blob, error);
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  stop(blob: LeanBlob, reason: unknown): Promise<void> {
    const known = this.#stopping.get(blob);
    if (known !== undefined) return known;
    const stopping = this.#stopNow(blob, reason).finally(() => this.#stopping.delete(blob));
    this.#stopping.set(blob, stopping);
    return stopping;
  }

  async #stopNow(blob: LeanBlob, reason: unknown): Promise<void> {
    const { shell, finder } = this.#deps;
    blob.giveUp(reason);
    shell.tell({ on: "blobDropped", key: blob.key });
    shell.blobs.delete(blob.key);
    for (const link of shell.links.values()) if (link.key === blob.key) link.hangUp("closed");
    blob.download?.incoming.abandonAll();
    await Promise.all([finder.end(blob), blob.closeFile(), blob.download?.state?.close()]);
  }

  #peersOf(key: BlobKey): number {
    const nodes = new Set<string>();
    for (const link of this.#deps.shell.links.values()) {
      if (link.carries(key) && link.peer !== undefined) nodes.add(link.peer.node);
    }
    return nodes.size;
  }

  #bytesPerSecondOf(key: BlobKey): number {
    const { links } = this.#deps.core.explain(key);
    return links.reduce((sum, { downBps }) => sum + downBps, 0);
  }

  /** By key or infohash. */
  async drop(id: string): Promise<void> {
    const reason = dropped(id);
    for (const [key, { abort, infoHash }] of this.#starting) {
      if (key === id || infoHash === id) abort.abort(reason);
    }
    for (const blob of this.#deps.shell.blobs.values()) {
      if (blob.key === id || blob.torrent?.infoHash === id) await this.stop(blob, reason);
    }
  }

  async stopAll(reason: unknown): Promise<void> {
    for (const { abort } of this.#starting.values()) abort.abort(reason);
    await Promise.all([...this.#deps.shell.blobs.values()].map((blob) => this.stop(blob, reason)));
  }

  /** When all that is being stopped has stopped. */
  async stopped(): Promise<void> {
    await Promise.all(this.#stopping.values());
  }
}
