// Agents and controllers over loopback TLS: both ends are the shipped ones, the cluster's API server is not there.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Membership } from "../src/agent/index.ts";
import { aDigest, controllerMessages } from "../src/api/testing/index.ts";
import { createLeanSwarm, createTracker } from "../src/bt/index.ts";
import { aBlob } from "../src/bt/testing/index.ts";
import type { NodeDesired } from "../src/controller/index.ts";
import {
  type AControllerOptions,
  createMemoryAuthorityStore,
  startController,
} from "../src/controller/testing/index.ts";
import { createLogger, systemClock } from "../src/runtime/index.ts";
import { createFakeClock } from "../src/runtime/testing/index.ts";
import { atEnd } from "./support/at-end.ts";
import { createLogLines } from "./support/log-lines.ts";
import { type SessionAgentOptions, startSessionAgent } from "./support/session-agent.ts";
import { tempDir } from "./support/temp.ts";

const { kind: _, ...assign } = controllerMessages.assign;
const { kind: __, ...credential } = controllerMessages.credential;
const desired: NodeDesired = {
  assigns: [assign],
  leases: [],
  credentials: [],
  trackers: ["http://127.0.0.1:6882/announce"],
  peers: [],
  issuers: [],
};

const HOUR_MS = 60 * 60 * 1_000;

/** Two controllers of one cluster, of which the first leads, and what agents of it are started with. */
async function aCluster(test: TestContext) {
  const lines = createLogLines();
  const log = createLogger({ level: "debug", stream: lines.stream, clock: systemClock });
  const store = createMemoryAuthorityStore();
  const start = async (leadership: AControllerOptions["leadership"] = { kind: "leading" }) => {
    const controller = await startController({ store, log, leadership });
    atEnd(test, () => controller.close());
    return controller;
  };
  const first = await start();
  const second = await start({ kind: "following", leader: first.address });
  const controllers = new Set([second.address, first.address]);
  const agent = (node: string, options: Partial<SessionAgentOptions> = {}) =>
    startSessionAgent(test, {
      node,
      root: options.root ?? tempDir(test),
      controllers: () => [...controllers],
      bundle: first.identity.bundle(),
      lines,
      ...options,
    });
  return { first, second, controllers, agent, lines };
}

describe("sessions", { timeout: 120_000 }, () => {
  it("begin with the leader, wherever the agent asks first, and bring it what is desired", async (test) => {
    const { first, second, controllers, agent } = await aCluster(test);
    controllers.delete(first.address);
    first.sessions.setDesired("node-1", desired);
    const opened = first.heard("node-1", "opened");
    const one = await agent("node-1");
    const [assigned, member] = [one.heard("assign"), one.member()];
    await opened;
    assert.equal((await assigned).key, assign.key);
    assert.deepEqual(one.tasks.trackers, desired.trackers);
    assert.equal((await member).zone, "zone-a");
    assert.equal(one.client.controller(), first.address);
    assert.equal(second.sessions.facts().size, 0);
    const progress = first.heard("node-1", "progress");
    one.client.tell({ ...controllerProgress, state: "Fetching" });
    await progress;
    const facts = first.sessions.facts().get("node-1");
    assert.equal(facts?.progress.get(assign.key)?.state, "Fetching");
  });

  it("go on with the next leader, which need not send again what the agent has", async (test) => {
    const { first, second, agent, lines } = await aCluster(test);
    first.sessions.setDesired("node-1", desired);
    const one = await agent("node-1");
    await one.heard("assign");
    const opened = second.heard("node-1", "opened");
    const ended = lines.line(/session ended/);
    second.lead({ kind: "leading" });
    first.lead({ kind: "following", leader: second.address });
    await Promise.all([ended, opened]);
    const limited = one.heard("limits");
    const again = one.heard("assign").then(() => assert.fail("the assignment was sent again"));
    again.catch(() => {});
    second.sessions.setDesired("node-1", desired);
    assert.equal((await limited).key, assign.key);
    const released = one.heard("release");
    second.sessions.setDesired("node-1", { ...desired, assigns: [] });
    await Promise.race([released, again]);
    assert.equal(one.tasks.assigns.size, 0);
  });

  it("go on with the next leader when the one before has gone", async (test) => {
    const { first, second, agent } = await aCluster(test);
    const one = await agent("node-1");
    await one.member();
    const opened = second.heard("node-1", "opened");
    first.close();
    second.lead({ kind: "following" });
    second.lead({ kind: "leading" });
    await opened;
  });

  it("are refused to whoever shows the token of another node", async (test) => {
    const { first, agent, lines } = await aCluster(test);
    const refused = lines.line(/refused by the controller/);
    const liar = await agent("node-2", { token: "token-node-1" });
    let isMember = false;
    void liar.member().then(() => {
      isMember = true;
    });
    assert.match(await refused, /no certificate for node-2 is given to it/);
    const own = await agent("node-1");
    await own.member();
    await first.heard("node-1", "heartbeat");
    assert.deepEqual([...first.sessions.facts().keys()], ["node-1"]);
    assert.deepEqual([isMember, liar.client.controller()], [false, undefined]);
  });

  it("are not begun with a controller that another authority vouches for: it never sees the token", async (test) => {
    const { agent, lines } = await aCluster(test);
    const impostor = await startController({
      log: createLogger({ level: "debug", stream: lines.stream, clock: systemClock }),
    });
    atEnd(test, () => impostor.close());
    const tried = lines.line(/no controller leads/);
    await agent("node-1", { controllers: () => [impostor.address] });
    await tried;
    assert.doesNotMatch(lines.text(), /agent refused|certificate signed/);
    assert.equal(impostor.sessions.facts().size, 0);
    const trusting = await agent("node-2", {
      controllers: () => [impostor.address],
      bundle: impostor.identity.bundle(),
    });
    await trusting.member();
    assert.match(lines.text(), /certificate signed/);
  });

  it("leave an agent with its last assignments, also over a restart without a controller", async (test) => {
    const { first, second, agent } = await aCluster(test);
    const root = tempDir(test);
    first.sessions.setDesired("node-1", desired);
    const one = await agent("node-1", { root });
    await one.heard("assign");
    await one.stop();
    first.close();
    second.close();
    const again = await agent("node-1", { root });
    assert.deepEqual([...again.tasks.assigns.keys()], [assign.key]);
    assert.deepEqual(again.tasks.assigns.get(assign.key)?.manifest, assign.manifest);
    assert.deepEqual(again.tasks.trackers, desired.trackers);
  });

  it("bring a new certificate before half of the old one's day is over, within the same session", async (test) => {
    const { first, agent } = await aCluster(test);
    const clock = createFakeClock();
    const one = await agent("node-1", { clock, controllers: () => [first.address] });
    const opened = first.heard("node-1", "opened");
    const old = await one.member();
    await opened;
    let isNew = false;
    const renewed = one.member().then((member) => {
      isNew = true;
      return member;
    });
    // With no chance in it, renewal is at 45 % of what was left: after 10 h 48 min, and a little less.
    await clock.advance(10.7 * HOUR_MS);
    assert.equal(isNew, false);
    const sinceMs = first.sessions.facts().get("node-1")?.sinceMs;
    await clock.advance(0.2 * HOUR_MS);
    const next = await renewed;
    assert.notEqual(next.key, old.key);
    assert.notEqual(next.certificate, old.certificate);
    assert.equal(first.sessions.facts().get("node-1")?.sinceMs, sinceMs);
    assert.equal(one.client.controller(), first.address);
  });

  it("keep secrets out of logs and files", async (test) => {
    const { first, agent, lines } = await aCluster(test);
    const root = tempDir(test);
    const canaries = ["canary-bearer", "canary-password"];
    const [bearerToken = "", password = ""] = canaries;
    first.sessions.setDesired("node-1", {
      ...desired,
      credentials: [
        { ...credential, login: { bearerToken } },
        { ...credential, repository: "b", login: { basic: { username: "u", password } } },
      ],
      // The last thing that is sent: when it is there, the others are.
      peers: [{ digest: aDigest("9"), peers: [{ node: "node-2", address: "127.0.0.1:1" }] }],
    });
    const one = await agent("node-1", { root });
    const member = one.member();
    await one.heard("peers");
    assert.deepEqual(one.logins.find(credential.host, "team/app"), { bearerToken });
    assert.deepEqual(one.logins.find(credential.host, "b"), { basic: { username: "u", password } });
    const { key } = await member;
    const secrets = [
      ...canaries,
      "token-node-1",
      ...key.split("\n").filter((line) => line.length > 40),
    ];
    const written = () => lines.text() + textBelow(root);
    assert.deepEqual(
      secrets.filter((secret) => written().includes(secret)),
      [],
    );
    writeFileSync(join(root, "planted"), bearerToken);
    assert.ok(written().includes(bearerToken));
  });

  it("make nodes members that exchange blobs, and let nobody else have them", async (test) => {
    const { agent } = await aCluster(test);
    const [one, two] = await Promise.all(
      ["node-1", "node-2"].map(async (node) => (await agent(node)).member()),
    );
    const stranger = await startController();
    atEnd(test, () => stranger.close());
    const other = await startSessionAgent(test, {
      node: "node-3",
      root: tempDir(test),
      controllers: () => [stranger.address],
      bundle: stranger.identity.bundle(),
      lines: createLogLines(),
    });
    const three = await other.member();
    assert.ok(one && two);
    const blob = aBlob(3_000_000, 1);
    const directory = tempDir(test);
    const tracker = await createTracker({
      listen: { host: "127.0.0.1", port: 0 },
      admits: () => true,
    });
    atEnd(test, () => tracker.close());
    const refused = Promise.withResolvers<void>();
    const swarm = async (member: Membership, node: string) => {
      const made = await createLeanSwarm({
        listen: { host: "127.0.0.1", port: 0 },
        rates: { upload: 0, download: 0 },
        fleetId: member.trustDomain,
        node,
        zone: member.zone,
        tls: { cert: member.certificate, key: member.key, ca: member.bundle },
        log: ({ event }) => event === "peer refused" && refused.resolve(),
      });
      atEnd(test, () => made.close());
      return made;
    };
    writeFileSync(join(directory, "blob"), blob.bytes);
    const source = await swarm(one, "node-1");
    await source.seed(blob.torrent, join(directory, "blob"), [tracker.url]);
    const abort = new AbortController();
    const options = { trackers: [tracker.url] };
    const fetch = async (member: Membership, node: string, signal: AbortSignal) =>
      await (await swarm(member, node)).download(
        blob.torrent,
        join(directory, node),
        options,
        signal,
      );
    const inVain = assert.rejects(fetch(three, "node-3", abort.signal));
    await refused.promise;
    assert.equal(source.stats().uploadedBytes, 0);
    await fetch(two, "node-2", AbortSignal.timeout(60_000));
    assert.ok(readFileSync(join(directory, "node-2")).equals(blob.bytes));
    abort.abort();
    await inVain;
  });
});

const controllerProgress = {
  kind: "progress",
  key: assign.key,
  revision: assign.revision,
  state: "Waiting",
  layers: [],
  completedBytes: 0,
  totalBytes: 1,
  registryBytes: 0,
  peerBytes: 0,
  localBytes: 0,
  bytesPerSecond: 0,
} as const;

const textBelow = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
