import { createApiClient } from "../../kube/api-client.ts";
import { createFakeApi } from "../../testing/fake-api.ts";

export type Auths = Readonly<Record<string, object>>;

export const auth = (username: string, password: string) => ({
  auth: Buffer.from(`${username}:${password}`).toString("base64"),
});

const base64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");

/** Secrets and service accounts of the namespace `team`. */
export function aCluster() {
  const api = createFakeApi();
  const at = (plural: string) => `/api/v1/namespaces/team/${plural}`;
  const addSecret = (name: string, content: object) =>
    api.store.create(at("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      ...content,
    });
  return {
    api,
    objects: createApiClient(api),
    /** A text instead of logins stands there as it is. */
    addDockerConfig(name: string, auths: Auths | string) {
      const config = typeof auths === "string" ? auths : { auths };
      const data = { ".dockerconfigjson": base64(config) };
      addSecret(name, { type: "kubernetes.io/dockerconfigjson", data });
    },
    addDockercfg(name: string, auths: Auths) {
      addSecret(name, { type: "kubernetes.io/dockercfg", data: { ".dockercfg": base64(auths) } });
    },
    addSecret,
    addServiceAccount(name: string, secrets: readonly unknown[]) {
      const imagePullSecrets = secrets.map((one) =>
        typeof one === "string" ? { name: one } : one,
      );
      const object = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
      api.store.create(at("serviceaccounts"), { ...object, imagePullSecrets });
    },
    /** What was read, in order: secrets/NAME. */
    read: () => api.requests.map(({ path }) => path.replace("/api/v1/namespaces/team/", "")),
  };
}
