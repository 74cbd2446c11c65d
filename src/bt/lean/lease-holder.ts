import type { LeanBlob } from "./blob.ts";
import { WorkerFailed } from "./checker.ts";
import type { Input } from "./core/messages.ts";

export type LeaseHolderDeps = {
  tell(input: Input): void;
  begun(blob: LeanBlob): void;
  /** The fallback did not give what it was asked for. */
  fetchFailed(blob: LeanBlob, error: unknown): void;
  writeFailed(blob: LeanBlob, error: WorkerFailed): void;
};

/** Nobody else says who fetches: whoever may, does, with a number by which two who begin at once tell who goes on. */
export function takeLease(blob: LeanBlob, { tell }: Pick<LeaseHolderDeps, "tell">): void {
  if (blob.download?.fallback === undefined) return;
  blob.generation += 1;
  const issuer = 1 + Math.floor(Math.random() * 0xffff);
  const lease = { generation: blob.generation, issuer, fromPiece: 0 };
  tell({ on: "leaseGranted", key: blob.key, lease });
}

/** Takes pieces from the blob's fallback to the disk, and tells the core. */
export function fetchUnderLease(blob: LeanBlob, fromPiece: number, deps: LeaseHolderDeps): void {
  const { key, download } = blob;
  if (download?.fallback === undefined) return;
  deps.begun(blob);
  download.fallback.begin(blob, fromPiece, {
    write: (piece, slot, hash) => download.checked.check(piece, slot, hash, () => {}),
    written: (piece, hash) => {
      if (blob.isStopped) return;
      blob.fallbackBytes += blob.held[piece] === 1 ? 0 : blob.bytesOf(piece);
      blob.holds(piece);
      deps.tell({ on: "pieceFetched", key, piece, hash });
    },
    ended: () => deps.tell({ on: "leaseLost", key, reason: "it came to its end" }),
    failed: (error) => {
      if (error instanceof WorkerFailed) {
        deps.writeFailed(blob, error);
        return;
      }
      deps.fetchFailed(blob, error);
      deps.tell({ on: "leaseLost", key, reason: String(error) });
    },
  });
}
