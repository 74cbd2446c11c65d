import { clientSubject } from "../cluster/certificates.ts";
import type { Setting } from "../cluster/setting.ts";
import type { Scope } from "../support/at-end.ts";
import { forward } from "../support/forward.ts";
import type { Host } from "../support/netns.ts";
import { GATEWAY } from "./network.ts";

const PORT = 6443;

/** The first of the services' addresses: of the Service `kubernetes`. */
const KUBERNETES_SERVICE = "10.96.0.1";

/** On the nodes' switch. Tests and people reach the API server through a port of this machine's loopback. */
export async function onSwitch(scope: Scope, theSwitch: Host): Promise<Setting> {
  const port = await forward(scope, { on: theSwitch, host: GATEWAY, port: PORT });
  return {
    on: theSwitch,
    etcdUrl: "http://127.0.0.1:2379",
    peerUrl: "http://127.0.0.1:2380",
    url: `https://127.0.0.1:${port}`,
    innerUrl: `https://${GATEWAY}:${PORT}`,
    addresses: [GATEWAY, KUBERNETES_SERVICE],
    apiServerFlags: async ({ issue }) => {
      const toKubelets = await issue(
        clientSubject("to-kubelets", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
      );
      return [
        ...["--bind-address=0.0.0.0", `--secure-port=${PORT}`, `--advertise-address=${GATEWAY}`],
        ...[`--kubelet-client-certificate=${toKubelets.certFile}`],
        ...[`--kubelet-client-key=${toKubelets.keyFile}`],
        "--kubelet-preferred-address-types=InternalIP",
      ];
    },
    // A node that says nothing is given up after 20 s, so that tests need not wait for the usual 50.
    controllerManagerFlags: ["--node-monitor-period=2s", "--node-monitor-grace-period=20s"],
  };
}
