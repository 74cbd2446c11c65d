import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { Scope } from "../support/at-end.ts";
import type { Exit, Running } from "../support/processes.ts";
import type { Program } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { type Certificates, type KeyPair, makeCertificates } from "./certificates.ts";
import { type Component, startComponent } from "./component.ts";
import { certified, writeKubeconfig } from "./kubeconfig.ts";
import { controlPlaneProgram } from "./programs.ts";
import { serverPort } from "./server-port.ts";
import { until } from "./until.ts";

const READY_TIMEOUT_MS = 45_000;

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

export type ControlPlaneOptions = {
  /** Instead of the etcd that was built with the API server. */
  readonly etcd?: Program;
  readonly apiServerFlags?: readonly string[];
  /** Makes what the controllers find when they start: of kinds that come later the garbage collector learns half a minute later. */
  prepare?(kubeconfig: string): Promise<void>;
};

export type ControlPlane = {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  readonly caFile: string;
  /** Of a cluster administrator. */
  readonly admin: KeyPair;
  readonly kubeconfig: string;
  /** http://127.0.0.1:PORT */
  readonly etcdUrl: string;
  readonly etcd: Component;
  readonly apiServer: Component;
  readonly controllerManager: Component;
};

/** Starts etcd, an API server and a controller manager on loopback; they are gone when the test or suite ends. */
export async function startControlPlane(
  scope: Scope,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const directory = tempDir(scope);
  const certificates = await makeCertificates(directory);
  const { etcd, etcdUrl } = await startEtcd(scope, directory, options);
  const url = `https://127.0.0.1:${await serverPort()}`;
  const apiServer = await startApiServer(scope, { url, etcdUrl, certificates, ...options });
  const { ca, admin } = certificates;
  const kubeconfigFor = (name: string, user: KeyPair) => {
    const path = join(directory, `${name}.kubeconfig`);
    writeKubeconfig(path, url, ca.certFile, certified(user));
    return path;
  };
  const kubeconfig = kubeconfigFor("admin", admin);
  await options.prepare?.(kubeconfig);
  const controllerManager = await startControllerManager(
    scope,
    kubeconfigFor("controller-manager", certificates.controllerManager),
    certificates,
  );
  const clients = { url, caFile: ca.certFile, admin, kubeconfig, etcdUrl };
  return { ...clients, etcd, apiServer, controllerManager };
}

async function startEtcd(scope: Scope, directory: string, options: ControlPlaneOptions) {
  const etcdUrl = `http://127.0.0.1:${await serverPort()}`;
  const peerUrl = `http://127.0.0.1:${await serverPort()}`;
  const etcd = await startComponent(scope, {
    name: "etcd",
    program: options.etcd ?? controlPlaneProgram("etcd"),
    args: [
      ...["--name=test", `--data-dir=${join(directory, "etcd")}`, "--logger=zap"],
      ...[`--listen-client-urls=${etcdUrl}`, `--advertise-client-urls=${etcdUrl}`],
      ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
      `--initial-cluster=test=${peerUrl}`,
      // Nothing here has to survive a loss of power. Older ones do not know the flag.
      ...(options.etcd === undefined ? ["--unsafe-no-fsync"] : []),
    ],
    ready: async (process) => void (await process.line(/serving client traffic/)),
  });
  return { etcd, etcdUrl };
}

type ApiServerSpec = {
  readonly url: string;
  readonly etcdUrl: string;
  readonly certificates: Certificates;
  readonly apiServerFlags?: readonly string[];
};

function startApiServer(
  scope: Scope,
  { url, etcdUrl, certificates, apiServerFlags = [] }: ApiServerSpec,
): Promise<Component> {
  const { ca, apiServer, tokenKeyFile } = certificates;
  return startComponent(scope, {
    name: "kube-apiserver",
    program: controlPlaneProgram("kube-apiserver"),
    args: [
      ...[`--etcd-servers=${etcdUrl}`, "--bind-address=127.0.0.1"],
      ...[`--secure-port=${new URL(url).port}`, "--service-cluster-ip-range=10.96.0.0/16"],
      // Endpoints of the kubernetes Service may not be loopback addresses, and nobody here uses that Service.
      ...["--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none"],
      ...[`--tls-cert-file=${apiServer.certFile}`, `--tls-private-key-file=${apiServer.keyFile}`],
      ...[`--client-ca-file=${ca.certFile}`, "--authorization-mode=Node,RBAC"],
      ...["--enable-admission-plugins=NodeRestriction", "--allow-privileged=true"],
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${tokenKeyFile}`,
      ...[`--service-account-signing-key-file=${tokenKeyFile}`, "--shutdown-delay-duration=0s"],
      ...["--profiling=false", ...apiServerFlags],
    ],
    ready: (process) => untilReady(process, url, ca.certFile),
  });
}

/** It prints nothing when it is ready, so it is asked. */
async function untilReady(server: Running, url: string, caFile: string): Promise<void> {
  const ca = readFileSync(caFile);
  let ended: Exit | undefined;
  void server.exit.then((exit) => {
    ended = exit;
  });
  await until("kube-apiserver is ready", READY_TIMEOUT_MS, async () => {
    if (ended === undefined) return await readyz(url, ca);
    throw new Error(`kube-apiserver ended (${ended.code ?? ended.signal}):\n${server.stderr()}`);
  });
}

/** true when it is ready. */
function readyz(url: string, ca: Buffer): Promise<true | undefined> {
  const { promise, resolve } = Promise.withResolvers<true | undefined>();
  request(new URL("/readyz", url), { ca, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode === 200 ? true : undefined);
  })
    .on("error", () => resolve(undefined))
    .end();
  return promise;
}

function startControllerManager(
  scope: Scope,
  kubeconfig: string,
  { ca, tokenKeyFile }: Certificates,
): Promise<Component> {
  return startComponent(scope, {
    name: "kube-controller-manager",
    program: controlPlaneProgram("kube-controller-manager"),
    args: [
      ...[`--kubeconfig=${kubeconfig}`, `--controllers=${CONTROLLERS.join(",")}`],
      ...["--secure-port=0", "--leader-elect=false", "--use-service-account-credentials"],
      ...[`--service-account-private-key-file=${tokenKeyFile}`, `--root-ca-file=${ca.certFile}`],
      // With the usual 20 a second the first service account takes seconds longer to appear.
      ...["--kube-api-qps=200", "--kube-api-burst=400"],
    ],
    ready: async (process) => void (await process.line(/Caches are synced.*service account/)),
  });
}
