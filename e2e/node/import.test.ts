// Where a container runtime cannot fetch from the mirror: the shipped helper writes images into the stores of real containerds.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { before, describe, it } from "node:test";
import { type LoadableImage, probeImage } from "../../src/agent/index.ts";
import type { Digest } from "../../src/oci/index.ts";
import { suite } from "../support/at-end.ts";
import { goProgram } from "../support/go-programs.ts";
import { run } from "../support/processes.ts";
import { type Containerd, lackingContainerd, startContainerd, VERSIONS } from "./containerd.ts";
import { startImageMirror, withIndex } from "./image-mirror.ts";
import { anImage, namesFor } from "./loadable-images.ts";
import { lookInto } from "./look-into.ts";
import { startHelper, type TestHelper } from "./runtime-helper.ts";

const SOON_MS = 60_000;
const soon = () => AbortSignal.timeout(SOON_MS);
/** Nobody listens there. */
const NOWHERE = { address: "127.0.0.1:9", username: "u", password: "p" };

for (const version of VERSIONS) {
  describe(`importing into containerd ${version}`, {
    skip: lackingContainerd(version),
    timeout: 170_000,
  }, () => {
    const scope = suite();
    let containerd: Containerd;
    let helper: TestHelper;
    let look: ReturnType<typeof lookInto>;
    before(async () => {
      containerd = await startContainerd(scope, { version, hosts: "directory" });
      helper = await startHelper(scope, containerd);
      look = lookInto(scope, containerd.socket);
    });
    const bring = (image: LoadableImage, names: readonly string[], pin = false) =>
      helper.importImage({ digest: image.digest, names }, image, pin, soon());

    const ctr = async (...args: readonly string[]) =>
      (await run(goProgram("ctr"), ["-a", containerd.socket, "-n", "k8s.io", ...args])).stdout;
    /** Digests of all blobs, once those are collected that nothing leads to. */
    async function kept(): Promise<ReadonlySet<string>> {
      await ctr("leases", "create", "--id", "collect");
      await ctr("leases", "delete", "--sync", "collect");
      return new Set((await ctr("content", "ls", "-q")).trim().split("\n"));
    }
    const digestsOf = ({ documents, content }: LoadableImage) => [
      ...documents.map(({ descriptor }) => descriptor.digest),
      ...content.keys(),
    ];

    it("is what the helper finds to work where the mirror cannot be reached", async (t) => {
      const probe = probeImage();
      const before = [await look.names(), await look.ids()];
      const facts = await helper.probe(probe, NOWHERE, soon());
      assert.deepEqual(
        [facts.loadMethod, facts.namesTags, facts.reason],
        ["Import", true, "Ready"],
      );
      assert.match(facts.message, /could not be loaded from this node's mirror.*refused.*unpacks/);
      assert.equal(facts.canPin, version !== "1.6");
      assert.deepEqual([await look.names(), await look.ids()], before);
      const left = await kept();
      for (const digest of digestsOf(probe)) assert.ok(!left.has(digest), digest);
      // Where it can be reached, that is better.
      const mirror = await startImageMirror(t);
      const reached = await helper.probe(probe, mirror.login(probe), soon());
      assert.equal(reached.loadMethod, "Loopback");
    });

    it("brings an image in under its own names, and nothing of it is collected", async (t) => {
      const image = await anImage(t, "plain");
      const names = namesFor(image, "plain");
      await bring(image, names, true);
      const seen = await look.see(names[0] ?? "");
      assert.deepEqual([seen?.repoTags, seen?.repoDigests], [[names[0]], [names[1]]]);
      const whole = await kept();
      for (const digest of digestsOf(image)) assert.ok(whole.has(digest), digest);
      const { held, pinned } = await helper.status([{ digest: image.digest, names }], soon());
      assert.deepEqual([held, pinned.length], [[true], 2]);
      await look.remove(names[0] ?? "");
      const left = await kept();
      for (const digest of digestsOf(image)) assert.ok(!left.has(digest), digest);
    });

    it("keeps the digest of an index, of which only this platform's part is there", async (t) => {
      const other = { ...(await anImage(t, "arm")).documents[0]?.descriptor };
      const platform = { os: "linux", architecture: "arm64" };
      const image = withIndex(await anImage(t, "amd"), [{ ...other, platform }]);
      const names = namesFor(image, "index");
      await bring(image, names);
      assert.deepEqual((await look.see(names[0] ?? ""))?.repoDigests, [names[1]]);
      const whole = await kept();
      for (const digest of digestsOf(image)) assert.ok(whole.has(digest), digest);
    });

    it("brings in twenty at once that share their layers", async (t) => {
      const image = await anImage(t, "shared", 3_000_000);
      const repositories = Array.from({ length: 20 }, (_, at) => `shared-${at}`);
      await Promise.all(repositories.map((one) => bring(image, namesFor(image, one))));
      for (const one of repositories) assert.ok(await look.see(namesFor(image, one)[0] ?? ""));
    });

    it("takes no bytes that are not what their digest says, and then the right ones", async (t) => {
      const image = await anImage(t, "wrong");
      const names = namesFor(image, "wrong");
      const wrongs = {
        "other bytes": [(size: number) => Buffer.alloc(size, 7), /have the digest sha256:/],
        "too few": [(size: number) => Buffer.alloc(size - 1), /of [0-9]+ bytes/],
        "too many": [(size: number) => Buffer.alloc(size + 1), /more than [0-9]+ bytes/],
      } as const;
      for (const [what, [change, message]] of Object.entries(wrongs)) {
        await assert.rejects(bring(withChanged(image, change), names), { message }, what);
        assert.equal(await look.see(names[0] ?? ""), undefined, what);
        assert.ok(!(await kept()).has(image.digest), what);
      }
      await bring(image, names);
      assert.deepEqual((await look.see(names[0] ?? ""))?.repoDigests, [names[1]]);
    });

    it("ends when the agent gives up, and leaves nothing", async (t) => {
      const image = await anImage(t, "given-up");
      const names = namesFor(image, "given-up");
      const gone = new AbortController();
      const stalled = withContent(image, () => stalls(() => gone.abort(new Error("given up"))));
      const load = helper.importImage({ digest: image.digest, names }, stalled, false, gone.signal);
      await assert.rejects(load, /given up/);
      // Its slot and its name are free again.
      await bring(image, names);
      assert.ok(await look.see(names[0] ?? ""));
    });
  });
}

const withContent = (image: LoadableImage, open: (size: number) => Readable): LoadableImage => ({
  ...image,
  content: new Map(
    [...image.content].map(
      ([digest, { size }]): [Digest, { size: number; open(): Promise<Readable> }] => [
        digest,
        { size, open: async () => open(size) },
      ],
    ),
  ),
});

const withChanged = (image: LoadableImage, bytes: (size: number) => Buffer): LoadableImage =>
  withContent(image, (size) => Readable.from([bytes(size)]));

/** Gives a byte, and then nothing more. */
const stalls = (then: () => void): Readable =>
  Readable.from(
    (async function* () {
      yield Buffer.alloc(1);
      then();
      await new Promise(() => {});
    })(),
  );
