import type { Digest, Hello, LeaseReport } from "../../api/index.ts";
import type { Clock } from "../../runtime/index.ts";
import {
  diffAssignments,
  type Sent,
  type Step,
  sentAfter,
  sentBefore,
  sentWithLease,
  sentWithoutWhole,
} from "./diff-assignments.ts";
import { Holders } from "./holders.ts";
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
import { statusSecondsFor } from "./status-pace.ts";

/** The sessions of all agents, as the one who decides sees them. */
export type Sessions = {
  /** By node; what is given goes on to change. Those whose stream has ended are there for an hour, or until they are forgotten. */
  facts(): ReadonlyMap<string, SessionFacts>;
  /** Nodes that hold the blob whole, as far as `facts` tells. */
  holders(digest: Digest): ReadonlySet<string>;
  /** And those that hold a part of it. */
  partHolders(digest: Digest): ReadonlySet<string>;
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
  /** Something is known of a node that was not before; where it is about a blob, of which. */
  onChange(node: string, what: SessionChange, about?: Digest): void;
};

export type SessionChange = "opened" | "broken" | LaterMessage["kind"];

export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
}

type Entry = {
  sent: Sent;
  /** By which `sent` was rid last of what an agent need not know. */
  trimmedBy?: NodeDesired;
  readonly end: AbortController;
  wake(): void;
};

const REMEMBERED_BROKEN_MS = 60 * 60 * 1_000;

export function createSessionRegistry(deps: SessionRegistryDeps): SessionRegistry {
  const { clock } = deps;
  const entries = new Map<string, Entry>();
  /** Of each entry. */
  const known = new Map<string, SessionFacts>();
  const [holders, partHolders] = [new Holders(), new Holders()];
  const desired = new Map<string, NodeDesired>();
  const digests = createSharedDigests();
  let { bundle } = deps;
  let statusSeconds = statusSecondsFor(0);

  function stepsFor(node: string, entry: Entry): readonly Step[] {
    const wanted = desired.get(node);
    if (wanted === undefined) return [];
    if (entry.trimmedBy !== wanted) entry.sent = sentWithoutWhole(entry.sent, wanted);
    entry.trimmedBy = wanted;
    return diffAssignments(entry.sent, { ...wanted, bundle, statusSeconds });
  }

  function hearLease(entry: Entry, report: LeaseReport): void {
    const { sent } = entry;
    entry.sent = sentWithLease(sent, report);
    if (entry.sent !== sent) entry.wake();
  }

  const wakeAll = () => {
    for (const entry of entries.values()) entry.wake();
  };

  function setPace(): void {
    const next = statusSecondsFor(known.size);
    if (next === statusSeconds) return;
    statusSeconds = next;
    wakeAll();
  }

  function learnAll(node: string, facts: SessionFacts): void {
    const before = known.get(node);
    holders.change(node, before?.held, facts.held);
    partHolders.change(node, before?.coverage, facts.coverage);
    known.set(node, facts);
  }

  function learn(before: SessionFacts, message: LaterMessage): void {
    const { node } = before;
    const facts = factsAfterMessage(before, message, clock.now());
    if (message.kind === "coverage") {
      holders.changeOne(node, message.digest, before.held, facts.held);
      partHolders.changeOne(node, message.digest, before.coverage, facts.coverage);
    }
    known.set(node, facts);
  }

  function drop(node: string): void {
    const before = known.get(node);
    holders.change(node, before?.held);
    partHolders.change(node, before?.coverage);
    known.delete(node);
    entries.delete(node);
    setPace();
  }

  function forgetOld(): void {
    for (const [node, { brokenAtMs }] of known) {
      const brokenForMs = clock.now() - (brokenAtMs ?? clock.now());
      if (brokenForMs > REMEMBERED_BROKEN_MS) drop(node);
    }
  }

  function openEntry(hello: Hello): Entry {
    const before = known.get(hello.node);
    if (!mayReplace(hello, before, clock.now())) {
      throw new SessionEnded(
        `a later start of the agent of ${hello.node} has a session: end this process if it is a leftover`,
      );
    }
    entries
      .get(hello.node)
      ?.end.abort(new SessionEnded(`the agent of ${hello.node} has begun another session`));
    const entry: Entry = {
      sent: sentBefore(hello.assigned),
      end: new AbortController(),
      wake: () => {},
    };
    entries.set(hello.node, entry);
    learnAll(hello.node, factsAfterHello(digests.inHello(hello), before, clock.now()));
    setPace();
    return entry;
  }

  return {
    facts: () => known,
    holders: (digest) => holders.of(digest),
    partHolders: (digest) => partHolders.of(digest),
    setDesired(node, wanted) {
      desired.set(node, wanted);
      entries.get(node)?.wake();
    },
    forget(node) {
      desired.delete(node);
      entries.get(node)?.end.abort(new SessionEnded(`the node ${node} is gone`));
      drop(node);
    },
    setBundle(next) {
      bundle = next;
      wakeAll();
    },
    clear(reason) {
      for (const { end } of entries.values()) end.abort(reason);
      entries.clear();
      known.clear();
      holders.clear();
      partHolders.clear();
      desired.clear();
    },
    open(hello) {
      forgetOld();
      const { node } = hello;
      const entry = openEntry(hello);
      /** Undefined for a session that another has replaced, or whose node is forgotten. */
      const facts = () => (entries.get(node) === entry ? known.get(node) : undefined);
      deps.onChange(node, "opened");
      return {
        ended: entry.end.signal,
        heard(message) {
          const before = facts();
          if (before === undefined) return;
          learn(before, digests.inMessage(message));
          if (message.kind === "leaseReport") hearLease(entry, message);
          deps.onChange(node, message.kind, "digest" in message ? message.digest : undefined);
        },
        async next(signal) {
          while (true) {
            signal.throwIfAborted();
            entry.end.signal.throwIfAborted();
            const steps = stepsFor(node, entry);
            if (steps.length > 0) return steps;
            await woken(entry, [signal, entry.end.signal]);
          }
        },
        sent(steps) {
          entry.sent = sentAfter(entry.sent, steps);
        },
        broke() {
          const before = facts();
          if (before === undefined) return;
          known.set(node, factsAfterBreak(before, clock.now()));
          deps.onChange(node, "broken");
        },
      };
    },
  };
}

/** Until there may be something to tell, or one of the signals is aborted. */
function woken(entry: Entry, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const leave = () => {
      for (const signal of signals) signal.removeEventListener("abort", leave);
      entry.wake = () => {};
      resolve();
    };
    entry.wake = leave;
    for (const signal of signals) signal.addEventListener("abort", leave, { once: true });
  });
}
