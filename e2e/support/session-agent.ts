import { join } from "node:path";
import {
  createRegistryLogins,
  createSessionClient,
  type Membership,
  type NodeTasks,
  openNodeTasks,
  openRememberedMessages,
  type RegistryLogins,
  type SessionClient,
} from "../../src/agent/index.ts";
import type { ControllerMessage } from "../../src/api/index.ts";
import { CONTROLLER_NAME } from "../../src/controller/testing/index.ts";
import { type Clock, createLogger, systemClock } from "../../src/runtime/index.ts";
import { atEnd, type Scope } from "./at-end.ts";
import type { LogLines } from "./log-lines.ts";

export type SessionAgent = {
  readonly client: SessionClient;
  readonly tasks: NodeTasks;
  readonly logins: RegistryLogins;
  /** The next certificate that it gets. */
  member(): Promise<Membership>;
  /** The next message of this kind that it has taken in. */
  heard<Kind extends ControllerMessage["kind"]>(
    kind: Kind,
  ): Promise<Extract<ControllerMessage, { readonly kind: Kind }>>;
  stop(): Promise<void>;
};

export type SessionAgentOptions = {
  readonly node: string;
  readonly root: string;
  /** Addresses of the controllers, asked at each round. */
  readonly controllers: () => readonly string[];
  readonly bundle: string;
  readonly token?: string;
  readonly lines: LogLines;
  /** The system's unless given. */
  readonly clock?: Clock;
};

/** The shipped session client and what it remembers, with a store that is empty; stops when the test ends. */
export async function startSessionAgent(
  scope: Scope,
  {
    node,
    root,
    controllers,
    bundle,
    token = `token-${node}`,
    lines,
    clock = systemClock,
  }: SessionAgentOptions,
): Promise<SessionAgent> {
  const log = createLogger({ level: "debug", stream: lines.stream, clock: systemClock });
  const startedAt = Date.now() - clock.now();
  const waiting = new Map<string, PromiseWithResolvers<ControllerMessage>>();
  const members: PromiseWithResolvers<Membership>[] = [];
  const logins = createRegistryLogins(Date.now);
  const tasks = await openNodeTasks({
    remembered: await openRememberedMessages(join(root, "state", "session"), (file, error) =>
      log.error("bad file", { file, error: String(error) }),
    ),
    logins,
    onChange(message) {
      waiting.get(message.kind)?.resolve(message);
      waiting.delete(message.kind);
    },
    log,
  });
  const store = { capacityBytes: 100, usedBytes: 0, freeBytes: 100, reservedBytes: 0 };
  const client = createSessionClient({
    self: { node, podUid: `uid-${node}`, version: "0.0.0", epoch: 1 },
    access: {
      serverName: CONTROLLER_NAME,
      readBundle: async () => bundle,
      readToken: async () => token,
    },
    controllers: async () => controllers(),
    describe: async () => ({
      addresses: ["127.0.0.1"],
      peerPort: 6880,
      grpcPort: 6884,
      store,
      held: [],
      assigned: tasks.revisions(),
    }),
    snapshot: () => [],
    store: async () => store,
    handle: (message) => tasks.handle(message),
    onMember: (membership) => {
      for (const each of members.splice(0)) each.resolve(membership);
    },
    clock,
    now: () => startedAt + clock.now(),
    // The shortest waits that there are.
    random: () => 0,
    log,
  });
  const stopping = new AbortController();
  const running = client.run(stopping.signal).catch(() => {});
  const stop = async () => {
    stopping.abort();
    await running;
  };
  atEnd(scope, stop);
  return {
    client,
    tasks,
    logins,
    member() {
      const next = Promise.withResolvers<Membership>();
      members.push(next);
      return next.promise;
    },
    heard(kind) {
      const next = waiting.get(kind) ?? Promise.withResolvers<ControllerMessage>();
      waiting.set(kind, next);
      return next.promise as Promise<never>;
    },
    stop,
  };
}
