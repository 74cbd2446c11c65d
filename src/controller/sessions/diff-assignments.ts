import { createHash, hash } from "node:crypto";
import {
  type Assign,
  type AssignedRevision,
  type ControllerMessage,
  type ImageLimits,
  type LeaseReport,
  STATUS_SECONDS,
} from "../../api/index.ts";
import type { NodeDesired } from "./node-desired.ts";

/** Something that an agent is told, by its name; another fingerprint is something else to tell. */
type Told = {
  readonly fingerprint: string;
  /** What tells that it holds no longer; absent where nothing needs to. */
  readonly undo?: ControllerMessage;
};
/** What an agent has been told and goes by. */
export type Sent = ReadonlyMap<string, Told>;

type Item = Told & {
  readonly name: string;
  readonly message: ControllerMessage;
  /** The item whose message tells this one too. */
  readonly within?: string;
};

/** One message, and what the agent goes by once it has it: under each name something else, or nothing any more. */
export type Step = {
  readonly message: ControllerMessage;
  readonly told: readonly (readonly [name: string, Told | undefined])[];
};

/** What an agent goes by when its session begins. */
export const sentBefore = (assigned: readonly AssignedRevision[]): Sent =>
  new Map(
    assigned.map(({ key, revision }) => [
      `assign ${key}`,
      { fingerprint: revision, undo: { kind: "release", key } },
    ]),
  );

/** An agent that reports of a lease goes by it, also when another controller gave it. */
export function sentWithLease(sent: Sent, { digest, generation }: LeaseReport): Sent {
  const name = `lease ${digest}`;
  return sent.has(name) ? sent : new Map([...sent, [name, toldLease(digest, generation)]]);
}

/** Where to take from what it has whole, an agent need not know, nor be told that it holds no longer. */
export function sentWithoutWhole(sent: Sent, { whole = [] }: Pick<NodeDesired, "whole">): Sent {
  const names = [...whole].flatMap((digest) => [nameOf("peers", digest), nameOf("issuer", digest)]);
  if (!names.some((name) => sent.has(name))) return sent;
  const next = new Map(sent);
  for (const name of names) next.delete(name);
  return next;
}

const nameOf = (kind: "peers" | "issuer", digest: string): string => `${kind} ${digest}`;

export function sentAfter(sent: Sent, steps: readonly Step[]): Sent {
  const next = new Map(sent);
  for (const [name, told] of steps.flatMap((step) => step.told)) {
    if (told === undefined) next.delete(name);
    else next.set(name, told);
  }
  return next;
}

/** What every agent is told. */
export type ForAll = {
  /** PEM of the authorities that members' certificates may come from. */
  readonly bundle: string;
  /** Between two writes of a node's status. */
  readonly statusSeconds: number;
};

/**
 * The messages, in order, that lead from what was sent to what is desired; none when nothing is missing. What is new comes
 * first, so that an agent keeps the blobs that it shares with what is released.
 */
export function diffAssignments(sent: Sent, desired: NodeDesired & ForAll): readonly Step[] {
  const items = itemsOf(desired);
  const stale = items.filter(
    ({ name, fingerprint }) => sent.get(name)?.fingerprint !== fingerprint,
  );
  const staleNames = new Set(stale.map(({ name }) => name));
  const inside = Map.groupBy(items, ({ within }) => within);
  const news = stale
    .filter(({ within }) => within === undefined || !staleNames.has(within))
    .map((item): Step => {
      const told = [item, ...(inside.get(item.name) ?? [])];
      return { message: item.message, told: told.map((each) => [each.name, toldOf(each)]) };
    });
  const names = new Set([...items.map(({ name }) => name), ...namesOfUnchanged(desired)]);
  const undone = [...sent].filter(([name]) => !names.has(name));
  return [...news, ...stepsBack(undone)];
}

const namesOfUnchanged = ({ unchanged = [], unchangedLeases = [] }: NodeDesired): string[] => [
  ...unchanged.flatMap((key) => [`assign ${key}`, `limits ${key}`]),
  ...unchangedLeases.map((digest) => `lease ${digest}`),
];

/** What needs no word to be undone is forgotten along with the rest. */
function stepsBack(undone: readonly (readonly [string, Told])[]): readonly Step[] {
  const silent = undone.filter(([, { undo }]) => undo === undefined);
  const forgotten = silent.map(([name]) => [name, undefined] as const);
  const steps = undone.flatMap(([name, { undo }]): Step[] =>
    undo === undefined ? [] : [{ message: undo, told: [[name, undefined]] }],
  );
  const [first, ...others] = steps;
  if (first === undefined) return [];
  return [{ ...first, told: [...first.told, ...forgotten] }, ...others];
}

const toldOf = ({ fingerprint, undo }: Item): Told =>
  undo === undefined ? { fingerprint } : { fingerprint, undo };

/** In the order in which an agent can use them: a lease is for a blob of an assignment that it knows. */
function itemsOf(desired: NodeDesired & ForAll): readonly Item[] {
  const { bundle, trackers } = desired;
  return [
    item("bundle", bundle, { kind: "bundle", certificates: bundle }),
    item("trackers", JSON.stringify(trackers), { kind: "trackers", urls: trackers }),
    ...itemsOfPace(desired),
    ...desired.assigns.flatMap(itemsOfAssign),
    ...desired.credentials.map((credential): Item => {
      const { login: _, ...withoutLogin } = credential;
      return {
        name: `credential ${credential.host}/${credential.repository}`,
        // Of a secret no more than a hash is kept.
        fingerprint: createHash("sha256").update(JSON.stringify(credential)).digest("base64"),
        message: { kind: "credential", ...credential },
        undo: { kind: "credential", ...withoutLogin },
      };
    }),
    ...desired.leases.map(
      (lease): Item => ({
        name: `lease ${lease.digest}`,
        message: { kind: "lease", ...lease },
        ...toldLease(lease.digest, lease.generation),
      }),
    ),
    ...desired.issuers.map((issuer) =>
      item(nameOf("issuer", issuer.digest), JSON.stringify(issuer), { kind: "issuer", ...issuer }),
    ),
    ...desired.peers.map(
      (peers): Item => ({
        name: nameOf("peers", peers.digest),
        // The text is a kilobyte, for each layer of each node.
        fingerprint: hash("sha256", JSON.stringify(peers), "base64"),
        message: { kind: "peers", ...peers },
        undo: { kind: "peers", digest: peers.digest, peers: [] },
      }),
    ),
  ];
}

/** An agent that was told of none has the pace that needs no word. */
function itemsOfPace({ statusSeconds }: ForAll): readonly Item[] {
  if (statusSeconds === STATUS_SECONDS) return [];
  const undo = { kind: "pace", statusSeconds: STATUS_SECONDS } as const;
  return [{ ...item("pace", `${statusSeconds}`, { kind: "pace", statusSeconds }), undo }];
}

function itemsOfAssign(assign: Assign): readonly Item[] {
  const { key, revision, rates, priority, retainSeconds } = assign;
  const limits: ImageLimits = { rates, priority, retainSeconds };
  const name = `assign ${key}`;
  return [
    {
      name,
      fingerprint: revision,
      message: { kind: "assign", ...assign },
      undo: { kind: "release", key },
    },
    {
      ...item(`limits ${key}`, JSON.stringify(limits), { kind: "limits", key, ...limits }),
      within: name,
    },
  ];
}

const item = (name: string, fingerprint: string, message: ControllerMessage): Item => ({
  name,
  fingerprint,
  message,
});

const toldLease = (digest: LeaseReport["digest"], generation: number): Told => ({
  fingerprint: String(generation),
  undo: { kind: "revoke", digest, generation },
});
