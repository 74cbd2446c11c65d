import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { createKubeconfigAccess } from "../../src/controller/index.ts";
import { followConfigMaps } from "../../src/controller/testing/index.ts";
import { atEnd, suite } from "../support/at-end.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { lackingCluster } from "./programs.ts";

describe("a reflector on a real API server", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: OwnCluster;
  before(async () => {
    cluster = await anOwnCluster(scope);
  });

  it("follows on when the API server was killed, and after a time without it", async (context) => {
    const access = createKubeconfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromFile(cluster.kubeconfig);
      return config;
    });
    atEnd(context, () => access.close());
    const { apiServer, etcd } = cluster.controlPlane;
    await using following = followConfigMaps(access, "default");
    const names = () =>
      [...following.reflector.objects.values()].map(({ metadata }) => metadata.name);
    const make = (name: string) => cluster.kubectl(["create", "configmap", name]);
    const seen = (name: string) => following.until(() => names().includes(name));

    await make("before");
    await seen("before");
    await apiServer.kill();
    await apiServer.restart();
    await make("after");
    await seen("after");
    assert.ok(names().includes("before"));

    await etcd.kill();
    await etcd.restart();
    await cluster.kubectl(["delete", "configmap", "before"]);
    await following.until(() => !names().includes("before"));
    assert.ok(names().includes("after"));
  });
});
