import { join } from "node:path";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import {
  type ApiClient,
  createApiClient,
  createKubeconfigAccess,
} from "../../src/controller/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import type { Finished } from "../support/processes.ts";
import { tempDir } from "../support/temp.ts";
import type { OwnCluster } from "./cluster.ts";
import { writeKubeconfig } from "./kubeconfig.ts";

/** Somebody who is let in by a token. */
export type Client = {
  /** Never throws for what the server refuses: look at `code`. */
  kubectl(...args: readonly string[]): Promise<Finished>;
  /** The controller's own way to the API server. */
  readonly objects: ApiClient;
  /** PATCH, and no more: `kubectl patch` would read what it patches first. The path is that below the group's version. */
  patch(path: string, change: object): Promise<{ readonly status: number; readonly body: string }>;
};

export function aClient(scope: Scope, cluster: OwnCluster, token: string): Client {
  const { url, caFile } = cluster.controlPlane;
  const path = join(tempDir(scope), "kubeconfig");
  writeKubeconfig(path, url, caFile, { token });
  const access = createKubeconfigAccess(() => {
    const config = new KubeConfig();
    config.loadFromFile(path);
    return config;
  });
  atEnd(scope, () => access.close());
  return {
    objects: createApiClient(access),
    kubectl: (...args) => cluster.kubectl([`--kubeconfig=${path}`, ...args], { codes: "any" }),
    async patch(below, change) {
      const reply = await access.send(
        {
          method: "PATCH",
          path: `/apis/oci-torrent.io/v1alpha1/${below}`,
          contentType: "application/merge-patch+json",
          body: change,
        },
        AbortSignal.timeout(30_000),
      );
      return { status: reply.status, body: await text(reply.body) };
    },
  };
}
