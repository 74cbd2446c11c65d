import {
  API_VERSION,
  type AssignedRevision,
  FIELD_MANAGERS,
  type NodeImageSet,
  type NodeImageSetStatus,
  PLURALS,
} from "../../api/index.ts";
import type { Clock, Component, Log } from "../../runtime/index.ts";
import type { KubeApi } from "./kube-api.ts";
import { type NodeFacts, nodeStatus } from "./node-status.ts";
import { isDue, type LastWrite } from "./write-pace.ts";

export type StatusReporterDeps = {
  readonly node: string;
  readonly api: KubeApi;
  /** Undefined while there is nothing to tell yet. */
  facts(): Promise<NodeFacts | undefined>;
  /** Milliseconds between two writes. */
  everyMs(): number;
  readonly clock: Clock;
  /** The time of day. */
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
};

const LOOK_EVERY_MS = 1_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 60_000;
/** Agents that were started together do not write together. */
const SPREAD_MS = 2_000;

/** Keeps the status of the node's NodeImageSet true. The controller makes the object; until then nothing can be told. */
export function createStatusReporter(deps: StatusReporterDeps): Component {
  const { node, api, clock, random, log } = deps;
  const path = `/apis/${API_VERSION}/${PLURALS.NodeImageSet}/${node}`;
  const manager = `fieldManager=${FIELD_MANAGERS.agent}`;
  let last: LastWrite | undefined;
  let generation = -1;
  /** Agents that hear of the same at once do not write at once. */
  const place = random();

  async function write(facts: NodeFacts, signal: AbortSignal): Promise<"written" | "absent"> {
    const found = (await api.get(path, signal)) as NodeImageSet | undefined;
    if (found === undefined) return "absent";
    const written = nodeStatus(facts, found.status as NodeImageSetStatus | undefined, deps.now());
    generation = seenGeneration(found, facts.progress) ?? generation;
    const status = { observedGeneration: generation, ...written };
    const answer = await api.mergePatch(`${path}/status?${manager}`, { status }, signal);
    if (answer === undefined) return "absent";
    last = { status, atMs: clock.now() };
    return "written";
  }

  /** Milliseconds until the next look. */
  async function look(signal: AbortSignal): Promise<number> {
    const facts = await deps.facts();
    if (facts === undefined) return LOOK_EVERY_MS;
    const next = { observedGeneration: generation, ...nodeStatus(facts, last?.status, deps.now()) };
    const everyMs = deps.everyMs();
    const turns = { everyMs, offsetMs: place * everyMs };
    if (!isDue(next, last, turns, clock.now())) return LOOK_EVERY_MS;
    return (await write(facts, signal)) === "written" ? LOOK_EVERY_MS : FIRST_RETRY_MS;
  }

  return {
    name: "status",
    async run(signal) {
      await clock.sleep(random() * SPREAD_MS, signal);
      for (let failures = 0; ; ) {
        let waitMs: number;
        try {
          waitMs = await look(signal);
          failures = 0;
        } catch (error) {
          signal.throwIfAborted();
          log.warn("node's status not written", { error: String(error) });
          waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + random());
          failures = Math.min(failures + 1, 10);
        }
        await clock.sleep(waitMs, signal);
      }
    },
  };
}

/** The object's generation, when all that it wants is what this agent works on; undefined while it is ahead. */
function seenGeneration(
  { metadata, spec }: NodeImageSet,
  known: readonly AssignedRevision[],
): number | undefined {
  const revisions = new Map(known.map(({ key, revision }) => [key, revision]));
  const isSame =
    spec.images.length === revisions.size &&
    spec.images.every(({ key, revision }) => revisions.get(key) === revision);
  return isSame ? metadata.generation : undefined;
}
