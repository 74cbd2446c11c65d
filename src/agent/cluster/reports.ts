import type { Digest, LeaseReport, RegistryCheck } from "../../api/index.ts";
import { pieceCount } from "../../bt/index.ts";
import type { NodeTasks } from "../session/node-tasks.ts";
import type { News } from "../session/outbox.ts";

/** What the controller hears besides progress. */
export type Reports = {
  lease(report: LeaseReport): void;
  registry(check: RegistryCheck): void;
  /** A layer is whole, or is here no longer. */
  held(digest: Digest, size: number, isHeld: boolean): void;
  /** Whether each registry that was asked was reached the last time. */
  registries(): ReadonlyMap<string, boolean>;
  /** The newest of each lease that still is, for a controller that comes later. */
  current(): readonly News[];
};

const MOST_REGISTRIES = 64;

export function createReports(
  tasks: Pick<NodeTasks, "leases">,
  tell: (news: News) => void,
): Reports {
  const newest = new Map<Digest, LeaseReport>();
  const reached = new Map<string, boolean>();
  const generationOf = (digest: Digest) => tasks.leases.get(digest)?.generation;
  return {
    lease(report) {
      newest.set(report.digest, report);
      tell({ kind: "leaseReport", ...report });
    },
    registry(check) {
      reached.delete(check.host);
      reached.set(check.host, check.reachable);
      const [oldest] = reached.keys();
      if (reached.size > MOST_REGISTRIES && oldest !== undefined) reached.delete(oldest);
      tell({ kind: "registryCheck", ...check });
    },
    registries: () => reached,
    held: (digest, size, isHeld) =>
      tell({
        kind: "coverage",
        digest,
        size,
        generation: generationOf(digest) ?? 0,
        pieceCount: pieceCount(size),
        pieces: isHeld ? allBits(pieceCount(size)) : new Uint8Array(),
      }),
    current() {
      for (const [digest, { generation }] of newest) {
        if (generationOf(digest) !== generation) newest.delete(digest);
      }
      return [...newest.values()].map((report) => ({ kind: "leaseReport", ...report }));
    },
  };
}

/** The spare bits of the last byte are 0. */
function allBits(count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8)).fill(0xff);
  const spare = bytes.length * 8 - count;
  if (bytes.length > 0) bytes[bytes.length - 1] = 0xff & (0xff << spare);
  return bytes;
}
