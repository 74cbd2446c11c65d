import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { controllerMessages } from "../../api/testing/index.ts";
import { nextEpoch } from "./epoch.ts";
import { openRememberedMessages } from "./remembered-messages.ts";

const { assign, trackers } = controllerMessages;
const other = { ...assign, key: "team-a/other/1", index: Buffer.alloc(100_000, 7) };

describe("what an agent remembers over a restart", () => {
  let directory: string;
  const bad: string[] = [];
  const open = () => openRememberedMessages(directory, (file) => bad.push(file));
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), "remembered-")), "session");
    bad.length = 0;
  });
  afterEach(() => rm(join(directory, ".."), { recursive: true }));

  it("is the newest assignment of each key, and the trackers, as they were given", async () => {
    const messages = await open();
    await messages.save({ ...assign, revision: "r0" });
    for (const message of [other, trackers, assign]) await messages.save(message);
    const loaded = await (await open()).load();
    assert.deepEqual(new Set(loaded), new Set([other, trackers, assign]));
    await messages.removeAssign(assign.key);
    await messages.removeAssign("team-a/unknown/1");
    assert.deepEqual(await (await open()).load(), [other, trackers]);
    assert.deepEqual(bad, []);
  });

  it("is nothing of a file that is damaged, or of an unfinished one; the others are read", async () => {
    const messages = await open();
    await messages.save(assign);
    const [name = ""] = await readdir(directory);
    const whole = await readFile(join(directory, name));
    const damaged: Record<string, Buffer> = {
      "cut.message": whole.subarray(0, whole.length / 2),
      "garbage.message": Buffer.from("garbage"),
      "empty.message": Buffer.of(),
      // Right, but under the name of another.
      "renamed.message": whole,
    };
    for (const [file, content] of Object.entries(damaged)) {
      await writeFile(join(directory, file), content);
    }
    await writeFile(join(directory, ".x.00000000-0000-4000-8000-000000000000.unfinished"), whole);
    assert.deepEqual(await (await open()).load(), [assign]);
    const files = Object.keys(damaged).map((file) => join(directory, file));
    assert.deepEqual(new Set(bad), new Set(files));
    assert.deepEqual(await readdir(directory), [name]);
  });

  it("is how often it was started", async () => {
    await open();
    const file = join(directory, "epoch");
    assert.deepEqual([await nextEpoch(file), await nextEpoch(file)], [1, 2]);
    await writeFile(file, "twelve");
    assert.deepEqual([await nextEpoch(file), await nextEpoch(file)], [1, 2]);
  });
});
