// The controller's fake API server is as good as its likeness to real ones: this is what both are held to.
import { KubeConfig } from "@kubernetes/client-node";
import { createKubeconfigAccess } from "../../src/controller/index.ts";
import { apiContract, type ContractApi } from "../../src/controller/testing/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { lacking, program } from "../support/programs.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { lackingCluster } from "./programs.ts";

const NAMESPACE = "contract";

/** The contract ends what it opened by itself, when it is over. */
async function opened(start: (scope: Scope) => Promise<OwnCluster>): Promise<ContractApi> {
  const ends: (() => Promise<void>)[] = [];
  const scope: Scope = { after: (act) => ends.push(act) };
  const end = async () => {
    for (const act of ends.toReversed()) await act();
  };
  try {
    const { kubectl, kubeconfig } = await start(scope);
    await kubectl(["create", "namespace", NAMESPACE]);
    const access = createKubeconfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromFile(kubeconfig);
      return config;
    });
    atEnd(scope, () => access.close());
    return { access, namespace: NAMESPACE, end };
  } catch (error) {
    await end();
    throw error;
  }
}

apiContract("a real one", () => opened(anOwnCluster), lackingCluster());

// It refuses to stream what there is.
apiContract(
  "a real one on Debian's etcd",
  () => opened((scope) => anOwnCluster(scope, { etcd: program("etcd") })),
  lackingCluster() || lacking("etcd"),
);
