import { readFileSync, writeFileSync } from "node:fs";
import type { KeyPair } from "./certificates.ts";

const base64 = (file: string) => readFileSync(file).toString("base64");

/** Who a kubeconfig is for, as its entry of users says it. */
export type KubeconfigUser = Readonly<Record<string, string>>;

/** Whom a certificate identifies. */
export const certified = ({ certFile, keyFile }: KeyPair): KubeconfigUser => ({
  "client-certificate-data": base64(certFile),
  "client-key-data": base64(keyFile),
});

/** Writes a kubeconfig for one client. JSON is YAML too. */
export function writeKubeconfig(
  path: string,
  url: string,
  caFile: string,
  user: KubeconfigUser,
): void {
  const name = "oci-torrent-test";
  const cluster = { server: url, "certificate-authority-data": base64(caFile) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
}
