import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ControllerMessage } from "../../api/index.ts";
import { controllerMessages } from "../../api/testing/index.ts";
import { silentLog } from "../../runtime/index.ts";
import { openNodeTasks } from "./node-tasks.ts";
import { createRegistryLogins } from "./registry-logins.ts";
import { openRememberedMessages } from "./remembered-messages.ts";

const { assign, limits, trackers, lease, revoke, credential, peers, issuer } = controllerMessages;

describe("what the controller wants of a node", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "node-tasks-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function open() {
    const changes: (readonly [string, string | undefined])[] = [];
    const logins = createRegistryLogins(() => 0);
    const tasks = await openNodeTasks({
      remembered: await openRememberedMessages(directory, () => assert.fail("a bad file")),
      logins,
      onChange: ({ kind }, released) => changes.push([kind, released?.key]),
      log: silentLog,
    });
    const hear = async (...messages: ControllerMessage[]) => {
      for (const message of messages) await tasks.handle(message);
    };
    return { tasks, logins, changes, hear };
  }

  it("is told of as it comes, and a release with what was released", async () => {
    const { tasks, hear, changes } = await open();
    await hear(assign, trackers, lease, peers, issuer);
    assert.deepEqual(tasks.revisions(), [{ key: assign.key, revision: "r1" }]);
    assert.deepEqual([...tasks.leases.values()], [lease]);
    assert.deepEqual([...tasks.peers.values(), ...tasks.issuers.values()], [peers, issuer]);
    assert.deepEqual(tasks.trackers, trackers.urls);
    await hear({ ...peers, peers: [] }, controllerMessages.release, controllerMessages.release);
    assert.deepEqual([tasks.peers.size, tasks.assigns.size], [0, 0]);
    assert.deepEqual(changes.slice(-2), [
      ["release", assign.key],
      ["release", undefined],
    ]);
  });

  it("has another limit when that changes, also after a restart", async () => {
    const { hear } = await open();
    await hear(assign, { ...limits, priority: 9 }, { ...limits, key: "a/unknown/1" });
    const { tasks } = await open();
    assert.equal(tasks.assigns.get(assign.key)?.priority, 9);
    assert.equal(tasks.assigns.size, 1);
  });

  it("writes its status as often as it is told last", async () => {
    const { tasks, hear } = await open();
    assert.equal(tasks.statusSeconds, 5);
    await hear(controllerMessages.pace);
    assert.equal(tasks.statusSeconds, 40);
  });

  it("ends a lease only with the word for that lease", async () => {
    const { tasks, hear } = await open();
    await hear(lease, { ...revoke, generation: 7 });
    assert.equal(tasks.leases.size, 1);
    await hear(revoke);
    assert.equal(tasks.leases.size, 0);
  });

  it("is there after a restart: assignments and trackers, but no lease and never a credential", async () => {
    const { hear, logins } = await open();
    await hear(assign, trackers, lease, credential);
    assert.deepEqual(logins.find(credential.host, credential.repository), credential.login);
    const again = await open();
    assert.deepEqual([...again.tasks.assigns.values()], [assign]);
    assert.deepEqual(again.tasks.trackers, trackers.urls);
    assert.equal(again.tasks.leases.size, 0);
    assert.equal(again.logins.find(credential.host, credential.repository), undefined);
    for (const name of await readdir(directory)) {
      const content = await readFile(join(directory, name), "latin1");
      assert.doesNotMatch(content, /a-bearer-token/);
    }
    await again.hear(controllerMessages.release);
    assert.equal((await open()).tasks.assigns.size, 0);
  });

  it("holds also when it cannot be written down", async () => {
    const { tasks, hear } = await open();
    await rm(directory, { recursive: true });
    await hear(assign);
    assert.equal(tasks.assigns.size, 1);
    await mkdir(directory);
    assert.equal((await open()).tasks.assigns.size, 0);
  });

  it("has an end", async () => {
    const { tasks } = await open();
    const many = Array.from({ length: 600 }, (_, index) => ({ ...assign, key: `a/b/${index}` }));
    await Promise.all(many.map((each) => tasks.handle(each)));
    assert.equal(tasks.assigns.size, 512);
  });
});

describe("logins for registries", () => {
  const find = (logins: ReturnType<typeof createRegistryLogins>) =>
    logins.find(credential.host, credential.repository);

  it("are for one repository, until they end or are taken back", () => {
    let now = 0;
    const logins = createRegistryLogins(() => now);
    logins.put(credential);
    assert.deepEqual(find(logins), credential.login);
    assert.equal(logins.find(credential.host, "team/other"), undefined);
    now = credential.expiresAtMs;
    assert.equal(find(logins), undefined);
    logins.put({ ...credential, expiresAtMs: 0 });
    assert.deepEqual(find(logins), credential.login);
    const { login: _, ...withoutLogin } = credential;
    logins.put(withoutLogin);
    assert.equal(find(logins), undefined);
  });

  it("are not kept without end", () => {
    const logins = createRegistryLogins(() => 0);
    logins.put(credential);
    for (let index = 0; index < 1_024; index += 1) {
      logins.put({ ...credential, repository: `r${index}` });
    }
    assert.equal(find(logins), undefined);
    assert.deepEqual(logins.find(credential.host, "r1023"), credential.login);
  });
});
