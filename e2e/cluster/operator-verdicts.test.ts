// What those say of an ImageDistribution who wait for one: kubectl and kstatus, at each turn of its life.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { aFleet, type TestFleet } from "./fleet.ts";
import { kstatus } from "./kstatus.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
const MIB = 2 ** 20;

describe("whoever waits for an image", {
  skip: lackingCluster("docker-registry", "skopeo"),
  timeout: 300_000,
}, () => {
  const scope = suite();
  let fleet: TestFleet;
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry(scope);
    fleet = await aFleet(scope, 50, [registry]);
    for (const tag of ["1", "2"]) {
      const layers = [{ seed: `verdicts ${tag}`, bytes: 6 * MIB }];
      const image = await makeImage(tempDir(scope), { tag, layers });
      await registry.push(image, `app:${tag}`);
    }
  });

  const imageAt = (tag: string) => ({ image: `${registry.address}/app:${tag}` });
  const get = async () =>
    JSON.parse(await fleet.kubectl("get", "imgdist", "app", "-o", "json")) as object;

  /** Once the object says so, the verdicts about it: of kstatus, and whether `kubectl wait` has nothing to wait for. */
  async function verdicts(reason: string): Promise<readonly [string, boolean]> {
    await until(`it is ${reason}`, SOON_MS, async () => {
      const { conditions = [], observedGeneration } = await fleet.status("app");
      const { generation } = ((await get()) as { metadata: { generation: number } }).metadata;
      const ready = conditions.find(({ type }) => type === "Ready");
      return observedGeneration === generation && ready?.reason === reason ? true : undefined;
    });
    const { status } = await kstatus(await get());
    const wait = ["wait", "imgdist/app", "--for=condition=Ready", "--timeout=0s"];
    const { code } = await fleet.cluster.kubectl(wait, { codes: "any" });
    return [status, code === 0];
  }

  it("hears the same of both, from the first byte to the next image", async () => {
    const { distribute, edit, kubectl } = fleet;
    await distribute("app", { ...imageAt("1"), limits: { downloadBytesPerSecond: "64k" } });
    assert.deepEqual(await verdicts("Seeding"), ["InProgress", false]);
    await edit("app", { suspend: true });
    assert.deepEqual(await verdicts("Suspended"), ["InProgress", false]);
    await edit("app", { suspend: false, limits: null });
    assert.deepEqual(await verdicts("Complete"), ["Current", true]);
    await edit("app", imageAt("missing"));
    assert.deepEqual(await verdicts("NotFound"), ["Failed", false]);
    await edit("app", imageAt("2"));
    assert.deepEqual(await verdicts("Complete"), ["Current", true]);
    // What is done stays so when nothing more is to come.
    await edit("app", { suspend: true });
    assert.deepEqual(await verdicts("Complete"), ["Current", true]);
    // Who holds it back from going sees it go.
    await kubectl("patch", "imgdist", "app", "--type=merge", "-p", FINALIZER);
    await kubectl("delete", "imgdist", "app", "--wait=false");
    assert.equal((await kstatus(await get())).status, "Terminating");
    await kubectl("patch", "imgdist", "app", "--type=merge", "-p", NO_FINALIZER);
    await kubectl("wait", "imgdist/app", "--for=delete", "--timeout=30s");
  });
});

const FINALIZER = '{"metadata":{"finalizers":["example.com/test"]}}';
const NO_FINALIZER = '{"metadata":{"finalizers":null}}';
