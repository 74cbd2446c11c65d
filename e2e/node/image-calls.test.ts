// What the shipped helper asks of a real containerd, byte by byte.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { probeImage } from "../../src/agent/index.ts";
import { containerdImageMethods as methods } from "../../src/api/index.ts";
import { lackingContainerd, startContainerd } from "./containerd.ts";
import { startImageMirror } from "./image-mirror.ts";
import { anImage, namesFor } from "./loadable-images.ts";
import { lookInto } from "./look-into.ts";
import { recordRuntime } from "./recorded-runtime.ts";
import { startHelper } from "./runtime-helper.ts";

const soon = () => AbortSignal.timeout(60_000);

describe("the helper's calls to containerd", {
  skip: lackingContainerd("2.4"),
  timeout: 170_000,
}, () => {
  it("name no image without what it stands for: that ends containerd 2.4.2", async (t) => {
    const containerd = await startContainerd(t, { version: "2.4", hosts: "directory" });
    const recorded = await recordRuntime(t, containerd.socket);
    const { certsDirectory } = containerd;
    const helper = await startHelper(t, { socket: recorded.socket, certsDirectory });
    const images = await startImageMirror(t);
    const look = lookInto(t, containerd.socket);
    const probe = probeImage();
    await helper.probe(probe, images.login(probe), soon());
    const [one, two] = [await anImage(t, "old"), await anImage(t, "new")];
    // Names that are new, that move, that are pinned, and that go.
    for (const image of [one, two, one]) {
      const wanted = { digest: image.digest, names: namesFor(image, "app") };
      await helper.load(wanted, images.login(image), true, soon());
      await helper.pin(wanted, false, soon());
    }
    await look.remove(namesFor(two, "app")[1] ?? "");

    const asked = (method: { readonly path: string }) =>
      recorded.calls.flatMap(({ path, request }) => (path === method.path ? [request] : []));
    const targets = [
      ...asked(methods.Create).map(
        (bytes) => methods.Create.requestDeserialize(bytes).image?.target,
      ),
      ...asked(methods.Update).map(
        (bytes) => methods.Update.requestDeserialize(bytes).image?.target,
      ),
      ...asked(methods.Delete).map((bytes) => methods.Delete.requestDeserialize(bytes).target),
    ];
    for (const method of [methods.Create, methods.Update, methods.Delete]) {
      assert.ok(asked(method).length > 0, `${method.path} was not called`);
    }
    for (const target of targets) {
      assert.match(target?.digest ?? "none", /^sha256:[0-9a-f]{64}$/);
      assert.ok(Number(target?.size) > 0 && target?.mediaType !== "");
    }
    // A request without one is seen as such.
    const without = methods.Update.requestSerialize({ image: { name: "x" } });
    assert.equal(methods.Update.requestDeserialize(without).image?.target ?? undefined, undefined);
  });
});
