/** A mistake that somebody might make: in a file, one text where another should stand. */
export type Mutant = {
  /** From the top. */
  readonly file: string;
  /** Stands there once. */
  readonly was: string;
  readonly is: string;
};

const inDecide = (file: string, was: string, is: string): Mutant => ({
  file: `src/controller/decide/${file}.ts`,
  was,
  is,
});

/** Mistakes in deciding, each of which a test must notice. */
export const DECIDE_MUTANTS: readonly Mutant[] = [
  inDecide("liveness", "agent.heardAt + LOST_MS", "agent.heardAt + SUSPECT_MS"),
  inDecide("liveness", "agent.brokenAt + REATTACH_MS", "agent.brokenAt + LOST_MS"),
  inDecide("liveness", 'due.passed(leadingSince + GRACE_MS) ? "lost" : "away"', '"lost"'),
  inDecide("slots", "targets >= OWN_SEEDER_TARGETS", "targets > OWN_SEEDER_TARGETS"),
  inDecide("slots", "b.targets - a.targets", "a.targets - b.targets"),
  inDecide("slots", "left -= wanted;", ""),
  inDecide("candidates", "share * 1.1 + agent.reservedBytes", "share * 1.1"),
  inDecide("candidates", "-sum(orphaned),", "sum(orphaned),"),
  inDecide("candidates", "lost.has(node.name) ? 1 : 0", "lost.has(node.name) ? 0 : 1"),
  inDecide("candidates", "-Math.floor(sum(layers) / GIB)", "Math.floor(sum(layers) / GIB)"),
  inDecide(
    "elect",
    "recent.length + lostNow >= FLAPPING_LOSSES",
    "recent.length >= FLAPPING_LOSSES",
  ),
  inDecide("elect", "fallbackAfterSeconds * 1_000", "fallbackAfterSeconds"),
  inDecide("elect", "(isBeginning || lack.missing.length > 0)", "true"),
  inDecide("deal", "bytesHeld(b, layer) - bytesHeld(a, layer)", "0"),
  inDecide("deal", 'holder.liveness !== "lost"', 'holder.liveness === "live"'),
  inDecide("deal", "b.size - a.size", "a.size - b.size"),
  inDecide("deal", ".isWhole) continue;", ".firstMissing === -1) continue;"),
  inDecide("deal", "> this.budget", "> this.budget * 2"),
  inDecide("deal", "fromPiece: this.#input.supplyOf(layer).firstMissing", "fromPiece: 0"),
  inDecide("supply", "(union[i] ?? 0) | (one.pieces[i] ?? 0)", "one.pieces[i] ?? 0"),
  inDecide("targets", "node.isCordoned ||", ""),
  inDecide("targets", "node.notReadySince + NOT_READY_MS", "node.notReadySince"),
  inDecide("node-states", 'load === "Never" ? "ready" : "active"', '"ready"'),
  inDecide(
    "assignments",
    "partOf(distribution.spec.rollout.maxParallel, targets, Math.ceil)",
    "targets",
  ),
  inDecide("plan", "memory.noSeederSince ?? now", "now"),
  inDecide("seeding", 'fallback === "Never"', 'fallback !== "Never"'),
  inDecide("verdict", 'if (counted.as === "failed") return false;', ""),
  inDecide("verdict", "failed > partOf(", "failed >= partOf("),
  inDecide("judge", 'judgement.verdict.kind !== "ready"', "true"),
  inDecide("decide", "leases: isGoing ? plan.leases : []", "leases: plan?.leases ?? []"),
];
