// The shipped runtime helper and real containerds: images come in from the mirror, under the names that pods use.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type LoadableImage, probeImage } from "../../src/agent/index.ts";
import { until } from "../cluster/until.ts";
import { suite } from "../support/at-end.ts";
import { run } from "../support/processes.ts";
import { ourProgram } from "../support/programs.ts";
import { type Containerd, lackingContainerd, startContainerd, VERSIONS } from "./containerd.ts";
import { type ImageMirror, startImageMirror, withIndex } from "./image-mirror.ts";
import { anImage, namesFor } from "./loadable-images.ts";
import { lookInto } from "./look-into.ts";
import { startHelper, type TestHelper } from "./runtime-helper.ts";

const SOON_MS = 60_000;
const soon = () => AbortSignal.timeout(SOON_MS);

for (const version of VERSIONS) {
  describe(`loading into containerd ${version}`, {
    skip: lackingContainerd(version),
    timeout: 170_000,
  }, () => {
    const scope = suite();
    let containerd: Containerd;
    let images: ImageMirror;
    let helper: TestHelper;
    let look: ReturnType<typeof lookInto>;
    before(async () => {
      containerd = await startContainerd(scope, { version, hosts: "directory" });
      images = await startImageMirror(scope);
      helper = await startHelper(scope, containerd);
      look = lookInto(scope, containerd.socket);
      // What a runtime has is told once it has been tried.
      const probe = probeImage();
      await helper.probe(probe, images.login(probe), soon());
    });
    const load = (image: LoadableImage, names: readonly string[], pin = false) =>
      helper.load({ digest: image.digest, names }, images.login(image), pin, soon());

    it("brings an image in under its own names, with a pass that is asked for", async (t) => {
      const image = await anImage(t, "plain");
      const names = namesFor(image, "plain");
      const from = images.asked.length;
      await load(image, names);
      for (const name of names) {
        const seen = await look.see(name);
        assert.deepEqual(seen?.repoDigests, [names[1]]);
        assert.deepEqual(seen?.repoTags, [names[0]]);
        assert.equal(seen?.pinned, false);
      }
      assert.ok(names.every((name) => images.asked.length > from && name !== ""));
      assert.ok(!(await look.names()).some((name) => name.startsWith("127.")));
      const asked = images.asked.slice(from);
      assert.equal(asked[0]?.status, 401);
      assert.ok(asked.some(({ path, status }) => path.includes("/blobs/") && status === 200));
      for (const { path } of asked) assert.match(path, /^\/v2\/l\//, "no name is told");
    });

    it("keeps the digest of an index, of which only this platform's part is there", async (t) => {
      const other = { ...(await anImage(t, "arm")).documents[0]?.descriptor };
      const platform = { os: "linux", architecture: "arm64" };
      const image = withIndex(await anImage(t, "amd"), [{ ...other, platform }]);
      const names = namesFor(image, "index");
      await load(image, names);
      assert.deepEqual((await look.see(names[0] ?? ""))?.repoDigests, [names[1]]);
    });

    it("moves a tag to another digest", async (t) => {
      const [one, two] = [await anImage(t, "old"), await anImage(t, "new")];
      const [tag = "", ofOne = ""] = namesFor(one, "moving");
      await load(one, [tag, ofOne]);
      assert.deepEqual((await look.see(tag))?.repoDigests, [ofOne]);
      const [, ofTwo = ""] = namesFor(two, "moving");
      await load(two, [tag, ofTwo]);
      assert.deepEqual((await look.see(tag))?.repoDigests, [ofTwo]);
    });

    it("tells what the runtime has, and what it has lost", async (t) => {
      const image = await anImage(t, "lost");
      const wanted = { digest: image.digest, names: namesFor(image, "lost") };
      assert.deepEqual((await helper.status([wanted], soon())).held, [false]);
      await load(image, wanted.names);
      assert.deepEqual((await helper.status([wanted], soon())).held, [true]);
      await look.remove(wanted.names[0] ?? "");
      assert.deepEqual((await helper.status([wanted], soon())).held, [false]);
    });

    it("tries with an image of its own, which leaves nothing, and tells the truth of pins", async (t) => {
      const before = [await look.names(), await look.ids()];
      const probe = probeImage();
      const facts = await helper.probe(probe, images.login(probe), soon());
      assert.equal(facts.name, "containerd");
      assert.ok(facts.version.includes(version), facts.version);
      assert.deepEqual(
        [facts.loadMethod, facts.namesTags, facts.reason],
        ["Loopback", true, "Ready"],
      );
      assert.deepEqual([await look.names(), await look.ids()], before);
      const image = await anImage(t, "pinned");
      const names = namesFor(image, "pinned");
      await load(image, names, true);
      const shown = async () => (await look.see(names[0] ?? ""))?.pinned === true;
      if (facts.canPin)
        await until("the pin shows", SOON_MS, async () => (await shown()) || undefined);
      else assert.equal(await shown(), false);
      assert.equal(facts.canPin, version !== "1.6");
      const wanted = { digest: image.digest, names };
      const { pinned } = await helper.status([wanted], soon());
      assert.deepEqual(pinned.map((each) => each.names[0]).sort(), [...names].sort());
      await helper.pin(wanted, false, soon());
      await until("the pin is gone", SOON_MS, async () => !(await shown()) || undefined);
      assert.deepEqual((await helper.status([wanted], soon())).pinned, []);
      assert.deepEqual((await look.see(names[0] ?? ""))?.repoDigests, [names[1]], "and stays");
    });

    it("loads twenty at once, each byte of a shared layer once", async (t) => {
      const image = await anImage(t, "shared", 3_000_000);
      const from = images.asked.length;
      const repositories = Array.from({ length: 20 }, (_, at) => `shared-${at}`);
      await Promise.all(repositories.map((one) => load(image, namesFor(image, one))));
      for (const one of repositories) assert.ok(await look.see(namesFor(image, one)[0] ?? ""));
      const given = images.asked
        .slice(from)
        .filter(({ path, status }) => path.includes("/blobs/") && status === 200);
      assert.equal(given.length, image.content.size);
    });

    it("gives nothing to whoever has no pass, or that of another image", async (t) => {
      const [mine, other] = [await anImage(t, "mine"), await anImage(t, "other")];
      const wanted = { digest: mine.digest, names: namesFor(mine, "mine") };
      const right = images.login(mine);
      for (const wrong of [{ ...right, password: "guessed" }, images.login(other)]) {
        await assert.rejects(helper.load(wanted, wrong, false, soon()), { code: "FAILED" });
        assert.equal(await look.see(wanted.names[0] ?? ""), undefined);
      }
      await helper.load(wanted, right, false, soon());
      assert.ok(await look.see(wanted.names[0] ?? ""));
      const said = `${helper.process.stdout()}${helper.process.stderr()}`;
      assert.ok(said.includes("image loaded"));
      assert.ok(!said.includes(right.password), "a password is logged");
    });

    it("refuses what it is asked when that is no load", async (t) => {
      const image = await anImage(t, "refused");
      const [tag = "", byDigest = ""] = namesFor(image, "refused");
      const { digest } = image;
      const login = images.login(image);
      const asks = {
        "another machine": [
          { digest, names: [tag] },
          { ...login, address: "10.0.0.1:80" },
        ],
        "a name of its own kind": [{ digest, names: ["busybox"] }, login],
        "a digest of something else": [{ digest, names: [byDigest.replace(/.$/, "x")] }, login],
        "no name": [{ digest, names: [] }, login],
      } as const;
      for (const [what, [wanted, where]] of Object.entries(asks)) {
        await assert.rejects(helper.load(wanted, where, false, soon()), /^HelperError/, what);
      }
      await load(image, [tag, byDigest]);
    });

    it("loads in spite of an administrator's _default that leads nowhere", async (t) => {
      const defaults = join(containerd.certsDirectory, "_default");
      mkdirSync(defaults);
      const nowhere = "http://127.0.0.1:9";
      writeFileSync(join(defaults, "hosts.toml"), `server = "${nowhere}"\n[host."${nowhere}"]\n`);
      const image = await anImage(t, "default");
      const names = namesFor(image, "default");
      const isBroken = await load(image, names).then(
        () => false,
        () => true,
      );
      assert.equal(isBroken, true, "without our directory the mirror is not asked");
      const { host, port } = images.mirror;
      assert.equal(await helper.writeHosts(`${host}:${port}`, soon()), "Written");
      assert.equal(await helper.writeHosts(`${host}:${port}`, soon()), "Present");
      await load(image, names);
      assert.deepEqual(readdirSync(join(containerd.certsDirectory, `${host}_${port}_`)), []);
    });

    it("takes away with it what it has made, and the rest when it is told to clean", async (t) => {
      const image = await anImage(t, "cleaned");
      const names = namesFor(image, "cleaned");
      await load(image, names, true);
      const { host, port } = images.mirror;
      const own = join(containerd.certsDirectory, `${host}_${port}_`);
      assert.ok(existsSync(own));
      await helper.process.stop();
      assert.ok(!existsSync(own));
      mkdirSync(own);
      const args = [
        "--runtime-socket",
        containerd.socket,
        "--hosts-dir",
        containerd.certsDirectory,
      ];
      await run(ourProgram("oci-torrent-runtime"), ["clean", ...args]);
      assert.ok(!existsSync(own));
      const again = await startHelper(t, containerd);
      assert.deepEqual((await again.status([], soon())).pinned, []);
      assert.ok(await look.see(names[0] ?? ""), "the image itself stays");
      const memory = readFileSync(`/proc/${again.process.pid}/status`, "utf8");
      const [, kilobytes = ""] = /VmRSS:\s+(\d+) kB/.exec(memory) ?? [];
      assert.ok(Number(kilobytes) <= 85_000, `${kilobytes} kB`);
    });
  });
}
