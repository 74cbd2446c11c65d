export { createKubeconfigAccess, type KubeconfigAccess } from "./kube/kubeconfig-access.ts";
