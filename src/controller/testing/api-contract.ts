import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { API_VERSION } from "../../api/index.ts";
import { DISTRIBUTIONS } from "../apply/resources.ts";
import type { ApiAccess } from "../kube/api-access.ts";
import { createApiClient, type ObjectDraft } from "../kube/api-client.ts";
import { isApiError } from "../kube/api-error.ts";
import { type KubeObject, keyOf } from "../kube/kube-object.ts";
import { listPages } from "../kube/list-pages.ts";
import { resourcePath } from "../kube/resource.ts";
import { isNewer } from "../kube/resource-version.ts";
import { followConfigMaps } from "./follow.ts";

export type ContractApi = {
  readonly access: ApiAccess;
  /** There, empty, and the contract's alone. */
  readonly namespace: string;
  end(): Promise<void>;
};

const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps" };
const LEASES = { group: "coordination.k8s.io", version: "v1", plural: "leases" };

const configMap = (name: string, data: Readonly<Record<string, string>>): ObjectDraft => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels: { contract: "true" } },
  data,
});

/**
 * What the controller relies upon in an API server, whichever.
 * @param skip why it cannot be tried here.
 */
export function apiContract(
  name: string,
  open: () => Promise<ContractApi>,
  skip: string | false = false,
): void {
  describe(`${name} as an API server`, { skip }, () => {
    const never = new AbortController().signal;
    let api: ContractApi;
    before(async () => {
      api = await open();
    });
    after(async () => await api.end());

    const place = (name?: string) => ({
      namespace: api.namespace,
      ...(name !== undefined && { name }),
    });
    const client = () => createApiClient(api.access);
    const named = (objects: readonly KubeObject[], wanted: string) =>
      objects.find(({ metadata }) => metadata.name === wanted);

    it("creates an object once, and gives it a uid, a version and its namespace", async () => {
      const made = await client().create(
        CONFIG_MAPS,
        place(),
        configMap("once", { a: "1" }),
        never,
      );
      assert.equal(keyOf(made), `${api.namespace}/once`);
      assert.ok(made.metadata.uid.length > 0);
      const again = client().create(CONFIG_MAPS, place(), configMap("once", {}), never);
      await assert.rejects(again, (error) => isApiError(error, 409));
      const read = await client().get(CONFIG_MAPS, place("once"), never);
      assert.deepEqual(read?.["data"], { a: "1" });
    });

    it("answers with nothing for an object that is not there, reading and deleting", async () => {
      assert.equal(await client().get(CONFIG_MAPS, place("nothing"), never), undefined);
      assert.equal(await client().delete(CONFIG_MAPS, place("nothing"), never), false);
    });

    it("replaces an object at the version that was read, and refuses at an older one", async () => {
      const draft = configMap("versions", { a: "1" });
      const first = await client().create(CONFIG_MAPS, place(), draft, never);
      const at = (object: KubeObject, data: Readonly<Record<string, string>>) => ({
        ...draft,
        metadata: { ...object.metadata },
        data,
      });
      const second = await client().replace(
        CONFIG_MAPS,
        place("versions"),
        at(first, { a: "2" }),
        never,
      );
      const { resourceVersion } = first.metadata;
      assert.ok(isNewer(second.metadata.resourceVersion, resourceVersion));
      const late = client().replace(CONFIG_MAPS, place("versions"), at(first, { a: "3" }), never);
      await assert.rejects(late, (error) => isApiError(error, 409));
    });

    it("writes nothing where nothing changes", async () => {
      const draft = configMap("same", { a: "1" });
      const apply = () => client().apply(CONFIG_MAPS, place("same"), draft, "contract", never);
      const [first, second] = [await apply(), await apply()];
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    it("applies: makes what is not there, and takes away what is no longer said", async () => {
      const apply = (data: Readonly<Record<string, string>>) =>
        client().apply(
          CONFIG_MAPS,
          place("applied"),
          configMap("applied", data),
          "contract",
          never,
        );
      assert.deepEqual((await apply({ a: "1", b: "2" }))["data"], { a: "1", b: "2" });
      assert.deepEqual((await apply({ a: "3" }))["data"], { a: "3" });
    });

    it("applies conditions beside those of others, and takes away what is no longer said", async () => {
      const distribution = { apiVersion: API_VERSION, kind: "ImageDistribution" };
      const metadata = { name: "conditioned" };
      const spec = { image: "registry.example/app:1" };
      await client().create(DISTRIBUTIONS, place(), { ...distribution, metadata, spec }, never);
      const say = async (manager: string, ...types: readonly string[]) => {
        const conditions = types.map((type) => ({
          ...{ type, status: "True", reason: "Said", message: manager },
          lastTransitionTime: "2030-01-01T00:00:00Z",
        }));
        const draft = { ...distribution, metadata, status: { conditions } };
        const where = { ...place("conditioned"), subresource: "status" };
        const object = await client().apply(DISTRIBUTIONS, where, draft, manager, never);
        const { conditions: all } = object["status"] as { conditions: { type: string }[] };
        return all.map(({ type }) => type).sort();
      };
      assert.deepEqual(await say("one", "A", "B"), ["A", "B"]);
      assert.deepEqual(await say("two", "C"), ["A", "B", "C"]);
      assert.deepEqual(await say("one", "B"), ["B", "C"]);
    });

    it("merges a patch: null takes away, the rest stays", async () => {
      const draft = configMap("merged", { a: "1", b: "2" });
      await client().create(CONFIG_MAPS, place(), draft, never);
      const patch = { data: { a: null, c: "3" } };
      const merged = await client().mergePatch(CONFIG_MAPS, place("merged"), patch, never);
      assert.deepEqual(merged["data"], { b: "2", c: "3" });
    });

    it("refuses a patch of a kind that it does not know, with 415", async () => {
      const reply = await api.access.send(
        {
          method: "PATCH",
          path: resourcePath(CONFIG_MAPS, place("once")),
          contentType: "application/x-unknown",
          body: {},
        },
        never,
      );
      for await (const _ of reply.body);
      assert.equal(reply.status, 415);
    });

    it("keeps leases", async () => {
      const draft: ObjectDraft = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "contract" },
        spec: { holderIdentity: "a", leaseDurationSeconds: 10, leaseTransitions: 0 },
      };
      const made = await client().create(LEASES, place(), draft, never);
      const spec = { holderIdentity: "b", leaseDurationSeconds: 10, leaseTransitions: 1 };
      const next = { ...draft, metadata: { ...made.metadata }, spec };
      await client().replace(LEASES, place("contract"), next, never);
      const read = await client().get(LEASES, place("contract"), never);
      assert.deepEqual(read?.["spec"], spec);
    });

    it("lists all objects, also when they take several pages", async () => {
      const names = Array.from({ length: 600 }, (_, i) => `page-${i}`);
      for (let i = 0; i < names.length; i += 20) {
        const some = names.slice(i, i + 20);
        await Promise.all(
          some.map((one) => client().create(CONFIG_MAPS, place(), configMap(one, {}), never)),
        );
      }
      const listing = await listPages(api.access, resourcePath(CONFIG_MAPS, place()), never);
      assert.ok("objects" in listing);
      const found = listing.objects.map(({ metadata }) => metadata.name);
      assert.deepEqual(found.filter((one) => one.startsWith("page-")).sort(), names.toSorted());
    });

    it("tells a reflector what there is, and every change from then on", async () => {
      await client().create(CONFIG_MAPS, place(), configMap("seen", { a: "1" }), never);
      await using following = followConfigMaps(api.access, api.namespace);
      await following.until((objects) => named(objects, "seen") !== undefined);
      const patch = { data: { a: "2" } };
      await client().mergePatch(CONFIG_MAPS, place("seen"), patch, never);
      await following.until((objects) => {
        const data = named(objects, "seen")?.["data"];
        return JSON.stringify(data) === '{"a":"2"}';
      });
      await client().create(CONFIG_MAPS, place(), configMap("new", {}), never);
      await following.until((objects) => named(objects, "new") !== undefined);
      await client().delete(CONFIG_MAPS, place("seen"), never);
      await following.until((objects) => named(objects, "seen") === undefined);
    });
  });
}
