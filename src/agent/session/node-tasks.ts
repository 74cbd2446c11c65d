import {
  type Assign,
  type AssignedRevision,
  type ControllerMessage,
  type Digest,
  type Issuer,
  type Lease,
  MOST_IMAGES,
  type Peers,
  STATUS_SECONDS,
} from "../../api/index.ts";
import type { Log } from "../../runtime/index.ts";
import type { RegistryLogins } from "./registry-logins.ts";
import type { Remembered, RememberedMessages } from "./remembered-messages.ts";

/** What the controller wants of this node, as it said last. */
export type NodeTasks = {
  readonly assigns: ReadonlyMap<string, Assign>;
  readonly leases: ReadonlyMap<Digest, Lease>;
  /** Announce URLs. */
  readonly trackers: readonly string[];
  /** Between two writes of the node's status. */
  readonly statusSeconds: number;
  readonly peers: ReadonlyMap<Digest, Peers>;
  readonly issuers: ReadonlyMap<Digest, Issuer>;
  /** Of the assignments, for Hello. */
  revisions(): readonly AssignedRevision[];
  /** Takes in a message, and tells of it when it holds. */
  handle(message: ControllerMessage): Promise<void>;
};

export type NodeTasksDeps = {
  readonly remembered: RememberedMessages;
  readonly logins: RegistryLogins;
  /** A message holds from now on; of a release, with what was assigned. */
  onChange(message: ControllerMessage, released?: Assign): void;
  readonly log: Log;
};

/** Twice what a node can be given: what replaces an image comes before that is released. */
const MOST_ASSIGNS = 2 * MOST_IMAGES;
/** Hints about blobs; those that came first are forgotten first. */
const MOST_HINTS = 10_000;

/** Begins with what an earlier run of the agent remembered; `onChange` does not hear of that. */
export async function openNodeTasks(deps: NodeTasksDeps): Promise<NodeTasks> {
  const { remembered, log } = deps;
  const assigns = new Map<string, Assign>();
  const leases = new Map<Digest, Lease>();
  const peers = new Map<Digest, Peers>();
  const issuers = new Map<Digest, Issuer>();
  let trackers: readonly string[] = [];
  let statusSeconds = STATUS_SECONDS;

  function keep(message: Remembered): boolean {
    if (message.kind === "trackers") trackers = message.urls;
    else if (assigns.size < MOST_ASSIGNS || assigns.has(message.key)) {
      assigns.set(message.key, message);
    } else {
      log.error("assignment left alone, there are too many", { key: message.key });
      return false;
    }
    return true;
  }
  for (const message of await remembered.load()) keep(message);

  /** A full disk keeps us from remembering, not from working. */
  async function remember(act: Promise<void>): Promise<void> {
    await act.catch((error: unknown) =>
      log.error("assignment not remembered, a restart without a controller will lack it", {
        error: String(error),
      }),
    );
  }

  async function release(key: string): Promise<Assign | undefined> {
    const released = assigns.get(key);
    assigns.delete(key);
    await remember(remembered.removeAssign(key));
    return released;
  }

  async function apply(message: ControllerMessage): Promise<void> {
    switch (message.kind) {
      case "assign":
      case "trackers":
        return keep(message) ? await remember(remembered.save(message)) : undefined;
      case "limits": {
        const { kind: _, ...limits } = message;
        const before = assigns.get(message.key);
        if (before === undefined) return;
        const limited = { kind: "assign", ...before, ...limits } as const;
        keep(limited);
        return await remember(remembered.save(limited));
      }
      case "lease":
        return putHint(leases, message.digest, message);
      case "revoke":
        if (leases.get(message.digest)?.generation === message.generation) {
          leases.delete(message.digest);
        }
        return;
      case "peers":
        putHint(peers, message.digest, message);
        if (message.peers.length === 0) peers.delete(message.digest);
        return;
      case "issuer":
        return putHint(issuers, message.digest, message);
      case "credential":
        return deps.logins.put(message);
      case "pace":
        statusSeconds = message.statusSeconds;
        return;
      case "release":
      case "bundle":
    }
  }

  return {
    assigns,
    leases,
    peers,
    issuers,
    get trackers() {
      return trackers;
    },
    get statusSeconds() {
      return statusSeconds;
    },
    revisions: () => [...assigns.values()].map(({ key, revision }) => ({ key, revision })),
    async handle(message) {
      if (message.kind === "release") {
        deps.onChange(message, await release(message.key));
      } else {
        await apply(message);
        deps.onChange(message);
      }
    },
  };
}

function putHint<Value>(hints: Map<Digest, Value>, digest: Digest, value: Value): void {
  hints.delete(digest);
  hints.set(digest, value);
  const [oldest] = hints.keys();
  if (hints.size > MOST_HINTS && oldest !== undefined) hints.delete(oldest);
}
