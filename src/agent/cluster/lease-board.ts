import type { Digest, Lease } from "../../api/index.ts";

/** Who waits for a blob hears when this node is given the lease for it, or loses it. */
export type LeaseBoard = {
  /** Aborted at the next lease or end of lease for the blob. */
  change(digest: Digest): AbortSignal;
  changed(digest: Digest): void;
};

export class LeaseChanged extends Error {
  override readonly name = "LeaseChanged";
}

export function createLeaseBoard(): LeaseBoard {
  const waiting = new Map<Digest, AbortController>();
  return {
    change(digest) {
      const known = waiting.get(digest) ?? new AbortController();
      waiting.set(digest, known);
      return known.signal;
    },
    changed(digest) {
      waiting.get(digest)?.abort(new LeaseChanged(`the lease for ${digest} has changed`));
      waiting.delete(digest);
    },
  };
}

/** The registry and the path in it that a lease names: HOST[:PORT]/PATH. */
export function placeOf({ repository }: Pick<Lease, "repository">): {
  readonly host: string;
  readonly path: string;
} {
  const slash = repository.indexOf("/");
  return { host: repository.slice(0, slash), path: repository.slice(slash + 1) };
}
