import type { Digest, Lease, LeaseReport, RegistryCheck } from "../../api/index.ts";
import { pieceCount } from "../../bt/index.ts";
import type { NodeTasks } from "../session/node-tasks.ts";
import type { News } from "../session/outbox.ts";

/** What the controller hears besides progress. */
export type Reports = {
  lease(report: LeaseReport): void;
  registry(check: RegistryCheck): void;
  /** Which pieces of a layer are here. */
  pieces(digest: Digest, size: number, pieces: Uint8Array): void;
  /** Whether each registry that was asked was reached the last time. */
  registries(): ReadonlyMap<string, boolean>;
  /** How each lease is that this node has, for a controller that comes later. */
  current(): readonly News[];
};

const MOST_REGISTRIES = 64;

export function createReports(
  tasks: Pick<NodeTasks, "leases">,
  tell: (news: News) => void,
): Reports {
  const newest = new Map<Digest, LeaseReport>();
  const reached = new Map<string, boolean>();
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
    pieces: (digest, size, pieces) =>
      tell({
        kind: "coverage",
        digest,
        size,
        generation: tasks.leases.get(digest)?.generation ?? 0,
        pieceCount: pieceCount(size),
        pieces,
      }),
    current() {
      const leases = [...tasks.leases.values()];
      const isOf = ({ digest, generation }: Lease) => newest.get(digest)?.generation === generation;
      for (const digest of newest.keys()) if (!tasks.leases.has(digest)) newest.delete(digest);
      return leases.map((lease): News => {
        const { digest, generation } = lease;
        const begun = isOf(lease) ? newest.get(digest) : undefined;
        const blank = { digest, generation, frontier: 0, registryBytes: 0 };
        return { kind: "leaseReport", ...(begun ?? blank) };
      });
    },
  };
}

/** Of a layer that is whole; the spare bits of the last byte are 0. */
export function allPieces(size: number): Uint8Array {
  const count = pieceCount(size);
  const bytes = new Uint8Array(Math.ceil(count / 8)).fill(0xff);
  const spare = bytes.length * 8 - count;
  if (bytes.length > 0) bytes[bytes.length - 1] = 0xff & (0xff << spare);
  return bytes;
}
