import type { Hello } from "../../api/index.ts";
import type { Clock } from "../../runtime/index.ts";
import {
  diffAssignments,
  type Sent,
  type Step,
  sentAfter,
  sentBefore,
  sentWithLease,
} from "./diff-assignments.ts";
import type { NodeDesired } from "./node-desired.ts";
import {
  factsAfterBreak,
  factsAfterHello,
  factsAfterMessage,
  type LaterMessage,
  mayReplace,
  type SessionFacts,
} from "./session-facts.ts";
import { createSharedDigests } from "./shared-digests.ts";

/** The sessions of all agents, as the one who decides sees them. */
export type Sessions = {
  /** By node. Those whose stream has ended are there for an hour, or until they are forgotten. */
  facts(): ReadonlyMap<string, SessionFacts>;
  /** Has the node's agent told what it does not know of this yet; now, or when it comes. Never called: it is told nothing. */
  setDesired(node: string, desired: NodeDesired): void;
  /** The node is no more. Ends its session. */
  forget(node: string): void;
};

/** One stream of an agent, as the server sees it. */
export type OpenSession = {
  /** Aborted with the reason when the stream must end: another has replaced it, or the node is forgotten. */
  readonly ended: AbortSignal;
  heard(message: LaterMessage): void;
  /** What to send next; waits while there is nothing. */
  next(signal: AbortSignal): Promise<readonly Step[]>;
  /** The steps were sent. */
  sent(steps: readonly Step[]): void;
  /** The stream has ended, whoever ended it. */
  broke(): void;
};

export type SessionRegistry = Sessions & {
  /** @throws SessionEnded when a later start of the agent is alive. */
  open(hello: Hello): OpenSession;
  /** Members should trust these authorities: PEM. */
  setBundle(bundle: string): void;
  /** Nobody is told anything any more, and nothing is known: somebody else leads. */
  clear(reason: Error): void;
};

export type SessionRegistryDeps = {
  readonly clock: Clock;
  readonly bundle: string;
  /** Something is known of a node that was not before. */
  onChange(node: string, what: SessionChange): void;
};

export type SessionChange = "opened" | "broken" | LaterMessage["kind"];

export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
}

type Entry = {
  facts: SessionFacts;
  sent: Sent;
  readonly end: AbortController;
  wake(): void;
};

const REMEMBERED_BROKEN_MS = 60 * 60 * 1_000;

export function createSessionRegistry(deps: SessionRegistryDeps): SessionRegistry {
  const { clock } = deps;
  const entries = new Map<string, Entry>();
  const desired = new Map<string, NodeDesired>();
  const digests = createSharedDigests();
  let { bundle } = deps;

  function stepsFor(node: string, { sent }: Entry): readonly Step[] {
    const wanted = desired.get(node);
    return wanted === undefined ? [] : diffAssignments(sent, { ...wanted, bundle });
  }

  function forgetOld(): void {
    for (const [node, { facts }] of entries) {
      const brokenForMs = clock.now() - (facts.brokenAtMs ?? clock.now());
      if (brokenForMs > REMEMBERED_BROKEN_MS) entries.delete(node);
    }
  }

  function openEntry(hello: Hello): Entry {
    const before = entries.get(hello.node);
    if (!mayReplace(hello, before?.facts, clock.now())) {
      throw new SessionEnded(
        `a later start of the agent of ${hello.node} has a session: end this process if it is a leftover`,
      );
    }
    before?.end.abort(new SessionEnded(`the agent of ${hello.node} has begun another session`));
    const entry: Entry = {
      facts: factsAfterHello(digests.inHello(hello), before?.facts, clock.now()),
      sent: sentBefore(hello.assigned),
      end: new AbortController(),
      wake: () => {},
    };
    entries.set(hello.node, entry);
    return entry;
  }

  return {
    facts: () => new Map([...entries].map(([node, { facts }]) => [node, facts])),
    setDesired(node, wanted) {
      desired.set(node, wanted);
      entries.get(node)?.wake();
    },
    forget(node) {
      desired.delete(node);
      entries.get(node)?.end.abort(new SessionEnded(`the node ${node} is gone`));
      entries.delete(node);
    },
    setBundle(next) {
      bundle = next;
      for (const entry of entries.values()) entry.wake();
    },
    clear(reason) {
      for (const { end } of entries.values()) end.abort(reason);
      entries.clear();
      desired.clear();
    },
    open(hello) {
      forgetOld();
      const { node } = hello;
      const entry = openEntry(hello);
      const isCurrent = () => entries.get(node) === entry;
      deps.onChange(node, "opened");
      return {
        ended: entry.end.signal,
        heard(message) {
          if (!isCurrent()) return;
          const said = digests.inMessage(message);
          entry.facts = factsAfterMessage(entry.facts, said, clock.now());
          if (message.kind === "leaseReport") {
            entry.sent = sentWithLease(entry.sent, message);
            entry.wake();
          }
          deps.onChange(node, message.kind);
        },
        async next(signal) {
          const until = AbortSignal.any([signal, entry.end.signal]);
          while (true) {
            until.throwIfAborted();
            const steps = stepsFor(node, entry);
            if (steps.length > 0) return steps;
            await woken(entry, until);
          }
        },
        sent(steps) {
          entry.sent = sentAfter(entry.sent, steps);
        },
        broke() {
          if (!isCurrent()) return;
          entry.facts = factsAfterBreak(entry.facts, clock.now());
          deps.onChange(node, "broken");
        },
      };
    },
  };
}

/** @throws the signal's reason */
function woken(entry: Entry, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      signal.removeEventListener("abort", abort);
      entry.wake = () => {};
    };
    const abort = () => {
      leave();
      reject(signal.reason);
    };
    entry.wake = () => {
      leave();
      resolve();
    };
    signal.addEventListener("abort", abort, { once: true });
  });
}
