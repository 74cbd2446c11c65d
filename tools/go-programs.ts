// The programs of Kubernetes clusters for tests that no Debian package has, by the Go module that they are built from.
import { join } from "node:path";
import { buildPrograms, type GoModule, requiredVersion } from "./go-modules.ts";
import { TOP } from "./top.ts";

const KUBERNETES = "k8s.io/kubernetes";
const CONTAINERD = "github.com/containerd/containerd/v2";

/** Without these a server would say that it is v0.0.0. */
function kubernetesVariables(goMod: string): Readonly<Record<string, string>> {
  const version = requiredVersion(goMod, KUBERNETES);
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
  );
}

const directoryOf = (name: string) => join(TOP, "e2e/nodes/programs", name);

/** What a cluster without nodes needs. */
export const CONTROL_PLANE = {
  name: "control-plane",
  directory: join(TOP, "e2e/cluster/control-plane"),
  sources: ["kstatus/main.go"],
  packages: {
    etcd: "go.etcd.io/etcd/server/v3",
    "kube-apiserver": `${KUBERNETES}/cmd/kube-apiserver`,
    "kube-controller-manager": `${KUBERNETES}/cmd/kube-controller-manager`,
    kubectl: `${KUBERNETES}/cmd/kubectl`,
    /** Ours: what other tools make of an object's status. */
    kstatus: "./kstatus",
  },
  variables: kubernetesVariables,
} as const satisfies GoModule;

const NODES = {
  name: "kubernetes-nodes",
  directory: directoryOf("kubernetes"),
  sources: [],
  packages: {
    kubelet: `${KUBERNETES}/cmd/kubelet`,
    "kube-proxy": `${KUBERNETES}/cmd/kube-proxy`,
    "kube-scheduler": `${KUBERNETES}/cmd/kube-scheduler`,
  },
  variables: kubernetesVariables,
} as const satisfies GoModule;

export const RUNTIME = {
  name: "containerd",
  directory: directoryOf("containerd"),
  sources: [],
  packages: {
    containerd: `${CONTAINERD}/cmd/containerd`,
    "containerd-shim-runc-v2": `${CONTAINERD}/cmd/containerd-shim-runc-v2`,
    ctr: `${CONTAINERD}/cmd/ctr`,
  },
  variables: (goMod) => ({
    [`${CONTAINERD}/version.Version`]: requiredVersion(goMod, CONTAINERD),
  }),
} as const satisfies GoModule;

const DNS = {
  name: "coredns",
  directory: directoryOf("coredns"),
  sources: ["main.go"],
  packages: { coredns: "." },
  variables: () => ({}),
} as const satisfies GoModule;

/** For the chart alone. */
export const CHARTS = {
  name: "helm",
  directory: directoryOf("helm"),
  sources: [],
  packages: { helm: "helm.sh/helm/v4/cmd/helm" },
  variables: () => ({}),
} as const satisfies GoModule;

export const KIND = {
  name: "kind",
  directory: join(TOP, "e2e/kind/config"),
  sources: ["main.go"],
  packages: {
    /** Ours: what kind makes of a configuration. */
    "kind-config": ".",
  },
  variables: () => ({}),
} as const satisfies GoModule;

export const MONITORS = {
  name: "monitors",
  directory: join(TOP, "e2e/monitors"),
  sources: ["main.go"],
  packages: {
    /** Ours: whether the Prometheus operator takes an object. */
    "monitor-check": ".",
  },
  variables: () => ({}),
} as const satisfies GoModule;

/** What a cluster with nodes needs besides a control plane. */
export const NODE_MODULES = [NODES, RUNTIME, DNS, CHARTS] as const;

export const GO_MODULES = [CONTROL_PLANE, ...NODE_MODULES, KIND, MONITORS] as const;

export type ProgramOf<Module extends GoModule> = keyof Module["packages"] & string;
export type GoProgram = {
  [M in (typeof GO_MODULES)[number] as M["name"]]: ProgramOf<M>;
}[(typeof GO_MODULES)[number]["name"]];

/** The module that a program is built from. */
export function moduleOf(program: GoProgram): GoModule {
  const found = GO_MODULES.find(({ packages }) => Object.hasOwn(packages, program));
  if (found === undefined) throw new Error(`${program} is of no Go module`);
  return found;
}

/** Builds the programs of these modules that have not been built. Throws with the way out where that cannot be done. */
export function buildAll(modules: readonly GoModule[]): void {
  for (const module of modules) {
    const programs = buildPrograms(module);
    if (programs.state === "impossible") throw new Error(programs.why);
  }
}

if (import.meta.main) {
  try {
    buildAll(GO_MODULES);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
