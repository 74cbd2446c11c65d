// The shipped runtime helper and real containerds: images come in from the mirror, under the names that pods use.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoadableImage } from "../../src/agent/index.ts";
import {
  connectSocket,
  containerdImageMethods,
  criImageMethods,
  unary,
} from "../../src/api/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { makeImage } from "../support/images.ts";
import { tempDir } from "../support/temp.ts";
import { lackingContainerd, startContainerd, VERSIONS } from "./containerd.ts";
import { loadable, startImageMirror } from "./image-mirror.ts";
import { startHelper } from "./runtime-helper.ts";

const anImage = (scope: Scope, seed: string) =>
  makeImage(tempDir(scope), {
    tag: "1",
    layers: [
      { seed: `${seed} one`, bytes: 300_000, gzip: true },
      { seed: `${seed} two`, bytes: 1_000 },
    ],
  }).then(loadable);

const NAME = "registry.example:8443/team/app";
const namesFor = ({ digest }: LoadableImage) => [`${NAME}:1`, `${NAME}@${digest}`];

/** What the kubelet and `ctr` see. */
function lookInto(scope: Scope, socket: string) {
  const client = connectSocket(socket);
  atEnd(scope, () => client.close());
  const metadata = { "containerd-namespace": "k8s.io" };
  return {
    async see(image: string) {
      return (await unary(client, criImageMethods.ImageStatus, { image: { image } })).image;
    },
    async names() {
      const { images } = await unary(client, containerdImageMethods.List, {}, { metadata });
      return images.map(({ name }) => name).sort();
    },
    remove: (image: string) => unary(client, criImageMethods.RemoveImage, { image: { image } }),
  };
}

for (const version of VERSIONS) {
  describe(`loading into containerd ${version}`, { skip: lackingContainerd(version) }, () => {
    it("brings an image in under its own names, with a pass that is asked for", async (t) => {
      const containerd = await startContainerd(t, { version });
      const { login, asked } = await startImageMirror(t);
      const helper = await startHelper(t, containerd);
      const image = await anImage(t, "a");
      const names = namesFor(image);
      const signal = AbortSignal.timeout(60_000);
      await helper.load({ digest: image.digest, names }, login(image), false, signal);
      const look = lookInto(t, containerd.socket);
      for (const name of names) {
        const seen = await look.see(name);
        assert.deepEqual(seen?.repoDigests, [`${NAME}@${image.digest}`]);
        assert.deepEqual(seen?.repoTags, [`${NAME}:1`]);
        assert.equal(seen?.pinned, false);
      }
      const left = (await look.names()).filter((name) => !name.startsWith("sha256:"));
      assert.deepEqual(left, [...names].sort(), "no name of the mirror's is left");
      assert.equal(asked[0]?.status, 401);
      assert.ok(asked.some(({ path, status }) => path.includes("/blobs/") && status === 200));
      for (const { path } of asked) assert.match(path, /^\/v2\/l\//, "no name is told");
    });
  });
}
