import type { Place } from "../support/processes.ts";
import type { Certificates } from "./certificates.ts";
import { serverPort } from "./server-port.ts";

/** Where a control plane runs, and what follows from that. */
export type Setting = {
  /** Else simply on this machine. */
  readonly on?: Place | undefined;
  readonly etcdUrl: string;
  readonly peerUrl: string;
  /** Of the API server, as tests reach it. */
  readonly url: string;
  /** Of the API server, as its components and nodes reach it. */
  readonly innerUrl: string;
  /** That its certificate names, beside loopback. */
  readonly addresses: readonly string[];
  apiServerFlags(certificates: Certificates): Promise<readonly string[]>;
  readonly controllerManagerFlags: readonly string[];
};

/** No more: the node life cycle controller would evict nodes that have no kubelet. */
const CONTROLLERS = [
  "serviceaccount-token-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "clusterrole-aggregation-controller",
  "validatingadmissionpolicy-status-controller",
  "namespace-controller",
  "garbage-collector-controller",
];

/** On ports of loopback, for tests that need no nodes. */
export async function onLoopback(): Promise<Setting> {
  const port = await serverPort();
  const url = `https://127.0.0.1:${port}`;
  return {
    etcdUrl: `http://127.0.0.1:${await serverPort()}`,
    peerUrl: `http://127.0.0.1:${await serverPort()}`,
    url,
    innerUrl: url,
    addresses: [],
    apiServerFlags: async () => [
      ...["--bind-address=127.0.0.1", `--secure-port=${port}`],
      // Endpoints of the kubernetes Service may not be loopback addresses, and nobody here uses that Service.
      ...["--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none"],
    ],
    controllerManagerFlags: [`--controllers=${CONTROLLERS.join(",")}`],
  };
}
