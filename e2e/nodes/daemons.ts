// What a node's daemons are told: their configuration files and command lines, as text.
import { goProgram } from "../support/go-programs.ts";
import { program } from "../support/programs.ts";
import { GATEWAY, PODS, podNetwork } from "./network.ts";

export const DAEMONS = ["containerd", "kubelet", "kube-proxy"] as const;
export type Daemon = (typeof DAEMONS)[number];

/** 2.4.2 is built from its module, 1.6 is Debian's. */
export type RuntimeVersion = "2.4" | "1.6";

const CNI_PROGRAMS = "/usr/lib/cni";
const CNI_DIRECTORY = "/mnt/etc/cni/net.d";
const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

export type DaemonSpec = {
  readonly name: string;
  readonly number: number;
  readonly address: string;
  readonly runtime: RuntimeVersion;
  /** Whether containerd is told of no directory of registry hosts: 2.4 then reads the usual ones, and does not heed them. */
  readonly ignoresHosts: boolean;
  /** Of the container that holds a pod's namespaces. */
  readonly sandboxImage: string;
  readonly labels: Readonly<Record<string, string>>;
};

const directoryOf = (path: string) => path.slice(0, path.lastIndexOf("/"));

/** Shell scripts that become the daemons. */
export function daemonScripts(spec: DaemonSpec): Readonly<Record<Daemon, string>> {
  const script = (path: string, command: readonly string[]) =>
    `export PATH=${path}\nexec ${command.map((word) => `'${word}'`).join(" ")}\n`;
  const own = `--hostname-override=${spec.name}`;
  const labels = Object.entries(spec.labels).map(([key, value]) => `${key}=${value}`);
  return {
    // It finds its shim by PATH, and does not understand another version's.
    containerd:
      spec.runtime === "1.6"
        ? script(SYSTEM_PATH, [program("containerd")])
        : script(`${directoryOf(goProgram("containerd"))}:${SYSTEM_PATH}`, [
            goProgram("containerd"),
          ]),
    kubelet: script(SYSTEM_PATH, [
      ...[goProgram("kubelet"), "--config=/mnt/kubelet.json", "--kubeconfig=/mnt/kubelet.conf"],
      ...[own, `--node-ip=${spec.address}`, `--node-labels=${labels}`],
    ]),
    "kube-proxy": script(SYSTEM_PATH, [
      ...[goProgram("kube-proxy"), "--config=/mnt/kube-proxy.json", own],
    ]),
  };
}

/** Configuration files by their path on the node's disk. JSON is YAML too. */
export function daemonFiles(spec: DaemonSpec): Readonly<Record<string, string>> {
  return {
    "etc/containerd/config.toml": spec.runtime === "1.6" ? containerd16(spec) : containerd2(spec),
    "etc/cni/net.d/10-pods.conflist": JSON.stringify(podNetworking(spec)),
    "kubelet.json": JSON.stringify(KUBELET),
    "kube-proxy.json": JSON.stringify(KUBE_PROXY),
  };
}

// Without CAP_SYS_RESOURCE, as in many virtual machines, runc may not lower oom_score_adj, and no pod would start.
const containerd2 = ({ sandboxImage, ignoresHosts }: DaemonSpec) => `version = 3
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${sandboxImage}"
${ignoresHosts ? "" : HOSTS_DIRECTORY_2}[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["${CNI_PROGRAMS}"]
  conf_dir = "${CNI_DIRECTORY}"
`;

const HOSTS_DIRECTORY_2 = `[plugins."io.containerd.cri.v1.images".registry]
  config_path = "/etc/containerd/certs.d"
`;

const containerd16 = ({ sandboxImage }: DaemonSpec) => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "${sandboxImage}"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${CNI_PROGRAMS}"
  conf_dir = "${CNI_DIRECTORY}"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
`;

const podNetworking = ({ number }: DaemonSpec) => ({
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isDefaultGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: podNetwork(number) }]] },
    },
    { type: "portmap", capabilities: { portMappings: true }, snat: true },
  ],
});

const KUBELET = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  cgroupDriver: "cgroupfs",
  failCgroupV1: false,
  failSwapOn: false,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: "/mnt/ca.crt" },
  },
  authorization: { mode: "Webhook" },
  resolvConf: "",
  clusterDomain: "cluster.local",
  clusterDNS: [GATEWAY],
  nodeStatusUpdateFrequency: "5s",
  nodeLeaseDurationSeconds: 10,
  // The disk that it sees is the machine's, which others fill.
  evictionHard: {
    "memory.available": "1Mi",
    "nodefs.available": "0%",
    "nodefs.inodesFree": "0%",
    "imagefs.available": "0%",
    "imagefs.inodesFree": "0%",
  },
  imageGCHighThresholdPercent: 100,
  serializeImagePulls: false,
  registryPullQPS: 0,
  shutdownGracePeriod: "0s",
};

const KUBE_PROXY = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "iptables",
  clientConnection: { kubeconfig: "/mnt/kube-proxy.conf" },
  clusterCIDR: PODS,
  // These belong to the whole machine.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  metricsBindAddress: "127.0.0.1:10249",
};
