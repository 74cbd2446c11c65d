// A node whose session and status are the shipped ones; its disk and its links are not there.
import {
  allPieces,
  createRegistryLogins,
  createSessionClient,
  createStatusReporter,
  type KubeApi,
  type News,
  openNodeTasks,
} from "../../src/agent/index.ts";
import type { ControllerMessage, Digest } from "../../src/api/index.ts";
import { pieceCount } from "../../src/bt/index.ts";
import { CONTROLLER_NAME } from "../../src/controller/testing/index.ts";
import { type Component, type Log, runAll, systemClock } from "../../src/runtime/index.ts";
import type { MemberPod } from "./member-pods.ts";
import { createSimulatedStore } from "./simulated-store.ts";

export type SimulatedNodeOptions = {
  readonly pod: MemberPod;
  readonly api: KubeApi;
  /** ip:port of every controller. */
  readonly controllers: readonly string[];
  /** The authorities of the controllers, as PEM. */
  readonly bundle: string;
  readonly bytesPerSecond: number;
  readonly log: Log;
};

export type SimulatedNode = Component & { hasSession(): boolean };

const VERSION = "0.0.0-bench";
const PORTS = { peer: 6880, grpc: 6884 };
/** As often as an agent looks at its images. */
const LOOK_MS = 1_000;

export async function createSimulatedNode(options: SimulatedNodeOptions): Promise<SimulatedNode> {
  const { pod, api, controllers, bundle, log } = options;
  const tasks = await openNodeTasks({
    remembered: { load: async () => [], save: async () => {}, removeAssign: async () => {} },
    logins: createRegistryLogins(Date.now),
    onChange: changed,
    log,
  });
  const store = createSimulatedStore(options.bytesPerSecond, () => tasks.leases);
  let isMember = false;

  function changed(message: ControllerMessage): void {
    if (message.kind === "assign") store.assign(message);
    if (message.kind === "release") store.release(message.key);
  }
  const leaseReports = (): readonly News[] =>
    [...tasks.leases.values()].map(({ digest, generation }): News => {
      const bytes = store.bytesOf(digest);
      const frontier = pieceCount(Math.max(1, bytes)) - 1;
      return { kind: "leaseReport", digest, generation, frontier, registryBytes: bytes };
    });
  const progress = () => store.progress().map((one): News => ({ kind: "progress", ...one }));
  const session = createSessionClient({
    self: { node: pod.node, podUid: pod.uid, version: VERSION, epoch: 1 },
    access: {
      serverName: CONTROLLER_NAME,
      readBundle: async () => bundle,
      readToken: async () => pod.sessionToken,
    },
    controllers: async () => controllers,
    describe: async () => ({
      addresses: [pod.address],
      ...{ peerPort: PORTS.peer, grpcPort: PORTS.grpc },
      store: store.figures(),
      held: store.held(),
      assigned: tasks.revisions(),
    }),
    snapshot: () => [...progress(), ...leaseReports()],
    store: async () => store.figures(),
    handle: tasks.handle,
    onMember: () => {
      isMember = true;
    },
    ...{ clock: systemClock, now: Date.now, random: Math.random, log },
  });
  const reporter = createStatusReporter({
    ...{ node: pod.node, api, log },
    clock: systemClock,
    now: () => new Date(),
    random: Math.random,
    everyMs: () => tasks.statusSeconds * 1_000,
    facts: async () =>
      isMember
        ? {
            agent: { version: VERSION, addresses: [pod.address], ports: PORTS, sessionEpoch: 1 },
            store: store.figures(),
            progress: store.progress(),
            registries: new Map(),
          }
        : undefined,
  });

  const work: Component = {
    name: "images",
    async run(signal) {
      await systemClock.sleep(Math.random() * LOOK_MS, signal);
      while (true) {
        for (const { digest, size } of store.goOn(LOOK_MS / 1_000))
          session.tell(whole(digest, size));
        // The session passes over what it has said already.
        for (const news of [...progress(), ...leaseReports()]) session.tell(news);
        await systemClock.sleep(LOOK_MS, signal);
      }
    },
  };
  const whole = (digest: Digest, size: number): News => ({
    kind: "coverage",
    ...{ digest, size, generation: tasks.leases.get(digest)?.generation ?? 0 },
    pieceCount: pieceCount(size),
    pieces: allPieces(size),
  });
  return {
    name: pod.node,
    hasSession: () => session.controller() !== undefined,
    run: (signal) => runAll([session, reporter, work], signal),
  };
}
