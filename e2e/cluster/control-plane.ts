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
import { onLoopback, type Setting } from "./setting.ts";
import { until } from "./until.ts";

const READY_TIMEOUT_MS = 45_000;

export type ControlPlaneOptions = {
  /** On loopback, without nodes, when not given. */
  readonly setting?: Setting;
  /** Instead of the etcd that was built with the API server. */
  readonly etcd?: Program;
  readonly apiServerFlags?: readonly string[];
  /** Makes what the controllers find when they start: of kinds that come later the garbage collector learns half a minute later. */
  prepare?(kubeconfig: string): Promise<void>;
};

export type ControlPlane = {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** Where its components and nodes reach it: the same without nodes. */
  readonly innerUrl: string;
  readonly certificates: Certificates;
  readonly directory: string;
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

/** Starts etcd, an API server and a controller manager; they are gone when the test or suite ends. */
export async function startControlPlane(
  scope: Scope,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const directory = tempDir(scope);
  const setting = options.setting ?? (await onLoopback());
  const { url, innerUrl, etcdUrl } = setting;
  const certificates = await makeCertificates(directory, setting.addresses);
  const etcd = await startEtcd(scope, directory, setting, options);
  const apiServer = await startApiServer(scope, { setting, certificates, ...options });
  const { ca, admin } = certificates;
  const kubeconfigFor = (name: string, user: KeyPair, server = url) => {
    const path = join(directory, `${name}.kubeconfig`);
    writeKubeconfig(path, server, ca.certFile, certified(user));
    return path;
  };
  const kubeconfig = kubeconfigFor("admin", admin);
  await options.prepare?.(kubeconfig);
  const controllerManager = await startControllerManager(scope, {
    setting,
    certificates,
    kubeconfig: kubeconfigFor("controller-manager", certificates.controllerManager, innerUrl),
  });
  const clients = { url, innerUrl, caFile: ca.certFile, admin, kubeconfig, etcdUrl };
  return { ...clients, certificates, directory, etcd, apiServer, controllerManager };
}

function startEtcd(
  scope: Scope,
  directory: string,
  { etcdUrl, peerUrl, on }: Setting,
  options: ControlPlaneOptions,
): Promise<Component> {
  return startComponent(scope, {
    name: "etcd",
    on,
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
}

type ApiServerSpec = {
  readonly setting: Setting;
  readonly certificates: Certificates;
  readonly apiServerFlags?: readonly string[];
};

async function startApiServer(
  scope: Scope,
  { setting, certificates, apiServerFlags = [] }: ApiServerSpec,
): Promise<Component> {
  const { ca, apiServer, tokenKeyFile } = certificates;
  const { url, etcdUrl, on } = setting;
  const settingFlags = await setting.apiServerFlags(certificates);
  return await startComponent(scope, {
    name: "kube-apiserver",
    on,
    program: controlPlaneProgram("kube-apiserver"),
    args: [
      ...[`--etcd-servers=${etcdUrl}`, "--service-cluster-ip-range=10.96.0.0/16"],
      ...[`--tls-cert-file=${apiServer.certFile}`, `--tls-private-key-file=${apiServer.keyFile}`],
      ...[`--client-ca-file=${ca.certFile}`, "--authorization-mode=Node,RBAC"],
      ...["--enable-admission-plugins=NodeRestriction", "--allow-privileged=true"],
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${tokenKeyFile}`,
      ...[`--service-account-signing-key-file=${tokenKeyFile}`, "--shutdown-delay-duration=0s"],
      ...["--profiling=false", ...settingFlags, ...apiServerFlags],
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

type ControllerManagerSpec = {
  readonly setting: Setting;
  readonly certificates: Certificates;
  readonly kubeconfig: string;
};

function startControllerManager(
  scope: Scope,
  { setting, certificates, kubeconfig }: ControllerManagerSpec,
): Promise<Component> {
  const { ca, tokenKeyFile } = certificates;
  return startComponent(scope, {
    name: "kube-controller-manager",
    on: setting.on,
    program: controlPlaneProgram("kube-controller-manager"),
    args: [
      ...[`--kubeconfig=${kubeconfig}`, ...setting.controllerManagerFlags],
      ...["--secure-port=0", "--leader-elect=false", "--use-service-account-credentials"],
      ...[`--service-account-private-key-file=${tokenKeyFile}`, `--root-ca-file=${ca.certFile}`],
      // With the usual 20 a second the first service account takes seconds longer to appear.
      ...["--kube-api-qps=200", "--kube-api-burst=400"],
    ],
    ready: async (process) => void (await process.line(/Caches are synced.*service account/)),
  });
}
