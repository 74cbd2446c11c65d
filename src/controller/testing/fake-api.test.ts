import { KubeConfig } from "@kubernetes/client-node";
import { createKubeconfigAccess } from "../kube/kubeconfig-access.ts";
import { apiContract } from "./api-contract.ts";
import { createFakeApi } from "./fake-api.ts";
import { startFakeServer } from "./fake-server.ts";

const nothing = async () => {};

apiContract("the fake", async () => ({
  access: createFakeApi(),
  namespace: "contract",
  end: nothing,
}));

apiContract("the fake that cannot stream what there is", async () => {
  const access = createFakeApi();
  access.streams = false;
  return { access, namespace: "contract", end: nothing };
});

apiContract("the fake behind HTTP", async () => {
  const ends: (() => Promise<void>)[] = [];
  const { url } = await startFakeServer({ after: (end) => ends.push(end) }, createFakeApi());
  const access = createKubeconfigAccess(() => {
    const config = new KubeConfig();
    const cluster = { name: "fake", server: url, skipTLSVerify: true };
    config.loadFromClusterAndUser(cluster, { name: "someone" });
    return config;
  });
  const end = async () => {
    await access.close();
    for (const close of ends) await close();
  };
  return { access, namespace: "contract", end };
});
