// Controllers without agents of flesh and blood: a test says what agents would, and the API server is a real one.
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import {
  createKubeconfigAccess,
  createReplica,
  type SessionFacts,
} from "../../src/controller/index.ts";
import {
  aLayer,
  anImage,
  aResolvedImage,
  aSession,
  aTerm,
} from "../../src/controller/testing/index.ts";
import { silentLog, systemClock } from "../../src/runtime/index.ts";
import { atEnd, suite } from "../support/at-end.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { makeNode } from "./nodes.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const NODES = ["node-1", "node-2", "node-3", "node-4"];
const layers = [aLayer("one", 1_000_000), aLayer("two", 500_000)];
const image = aResolvedImage([anImage(layers)]);
const SOON_MS = 30_000;

type Wanted = { readonly key: string; readonly revision: string; readonly role: string };

describe("controllers on a real API server", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: OwnCluster;
  before(async () => {
    cluster = await anOwnCluster(scope);
    for (const [i, name] of NODES.entries()) {
      await makeNode(cluster, { name, address: `127.0.0.${i + 2}` });
    }
  });

  const get = async (...what: readonly string[]) =>
    (await cluster.kubectl(["get", ...what], { codes: "any" })).stdout.trim();
  const wantedOn = async (node: string): Promise<readonly Wanted[]> => {
    const text = await get("nodeimageset", node, "-o", "jsonpath={.spec.images}");
    return text === "" ? [] : (JSON.parse(text) as readonly Wanted[]);
  };
  const seeders = async () => {
    const all = await Promise.all(NODES.map((node) => wantedOn(node)));
    return NODES.filter((_, i) => all[i]?.some(({ role }) => role === "Seeder"));
  };

  /** A replica, and agents that do what they are told as soon as `finish` says so. */
  function start(context: TestContext, identity: string) {
    const sessions = new Map(NODES.map((node) => [node, aSession(node)]));
    const access = createKubeconfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromFile(cluster.kubeconfig);
      return config;
    });
    const beating = (): ReadonlyMap<string, SessionFacts> =>
      new Map(
        [...sessions].map(([node, facts]) => [node, { ...facts, lastSeenMs: systemClock.now() }]),
      );
    const replica = createReplica({
      access,
      clock: systemClock,
      wallTime: (ms) => performance.timeOrigin + ms,
      random: Math.random,
      log: silentLog,
      namespace: "default",
      identity,
      sessions: {
        facts: beating,
        holders: (digest) =>
          new Set([...sessions].flatMap(([node, { held }]) => (held.has(digest) ? [node] : []))),
        partHolders: () => new Set(),
        forget: (node) => void sessions.delete(node),
      },
      beginTerm: () => aTerm({ of: () => ({ state: "done", image }) }),
      onReconciled: () => {},
      startupTaints: new Set(),
      nodeCondition: false,
      onLeadership: () => {},
    });
    const stop = new AbortController();
    const running = replica.run(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    const end = async () => {
      stop.abort();
      await running;
      await access.close();
    };
    atEnd(context, end);
    const leads = () =>
      until(`${identity} leads`, SOON_MS, async () => {
        return replica.leadership().kind === "leading" ? true : undefined;
      });
    const finish = async (node: string) => {
      const wanted = await until(`${node} has something to do`, SOON_MS, async () => {
        const found = await wantedOn(node);
        return found.length > 0 ? found : undefined;
      });
      const bytes = { registryBytes: 0, peerBytes: 1_500_000, localBytes: 0, bytesPerSecond: 0 };
      const progress = wanted.map(({ key, revision }) => {
        const state = "Ready" as const;
        const done = { completedBytes: 1_500_000, totalBytes: 1_500_000, layers: [] };
        return [key, { key, revision, state, ...done, ...bytes }] as const;
      });
      const held = new Map(layers.map(({ digest, size }) => [digest, size]));
      sessions.set(node, { ...aSession(node), held, progress: new Map(progress) });
      replica.sessionChanged(node, "coverage");
      replica.sessionChanged(node, "progress");
    };
    return { replica, end, leads, finish };
  }

  it("bring an image to all nodes, one after the other leading", async (context) => {
    const first = start(context, "127.0.0.1:1");
    await first.leads();
    const object = {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name: "app" },
      spec: { image: "registry.example/app:1", runtime: { load: "Never" } },
    };
    await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
    await cluster.kubectl(["wait", "imgdist/app", "--for=condition=Resolved", "--timeout=30s"]);
    await first.finish("node-1");
    await until("one node is ready", SOON_MS, async () =>
      (await get("imgdist", "app", "-o", "jsonpath={.status.summary.ready}")) === "1/4"
        ? true
        : undefined,
    );
    const elected = await seeders();
    assert.equal(elected.length, 1);

    const second = start(context, "127.0.0.1:2");
    await until("the second knows who leads", SOON_MS, async () => {
      const leadership = second.replica.leadership();
      return leadership.kind === "following" && leadership.leader === "127.0.0.1:1"
        ? true
        : undefined;
    });
    await first.end();
    await second.leads();
    for (const node of NODES) await second.finish(node);
    await cluster.kubectl(["wait", "imgdist/app", "--for=condition=Ready", "--timeout=60s"]);
    assert.deepEqual(await seeders(), elected);

    const line = await get("imgdist", "app", "--no-headers");
    assert.match(line, /^app\s+registry\.example\/app:1\s+4\/4\s+100%\s+1\s+100%\s+Complete\s/);
    const rows = await get("imgdist", "app", "-o", "jsonpath={.status.layers[*].state}");
    assert.equal(rows, "Complete Complete");
    const events = await get("events", "-o", "jsonpath={.items[*].reason}");
    for (const reason of ["SeederElected", "Resolved", "Complete"]) {
      assert.equal(events.split(" ").filter((one) => one === reason).length, 1, events);
    }
    const owner = await get(
      "nodeimageset",
      "node-1",
      "-o",
      "jsonpath={.metadata.ownerReferences[0].kind}",
    );
    assert.equal(owner, "Node");

    await cluster.kubectl(["delete", "imgdist", "app"]);
    await until("nothing is wanted any more", SOON_MS, async () => {
      const all = await Promise.all(NODES.map((node) => wantedOn(node)));
      return all.every((wanted) => wanted.length === 0) ? true : undefined;
    });
  });
});
