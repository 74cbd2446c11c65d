import { readFileSync, writeFileSync } from "node:fs";
import type { KeyPair } from "./certificates.ts";

const base64 = (file: string) => readFileSync(file).toString("base64");

/** Writes a kubeconfig for a client that a certificate identifies. JSON is YAML too. */
export function writeKubeconfig(path: string, url: string, caFile: string, user: KeyPair): void {
  const name = "oci-torrent-test";
  const cluster = { server: url, "certificate-authority-data": base64(caFile) };
  const keys = {
    "client-certificate-data": base64(user.certFile),
    "client-key-data": base64(user.keyFile),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name, user: keys }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
}
