import { readFileSync } from "node:fs";

// The bundler puts the version here; sources read it from the package.
declare const __OCI_TORRENT_VERSION__: string | undefined;

export const version: string =
  typeof __OCI_TORRENT_VERSION__ === "string" ? __OCI_TORRENT_VERSION__ : packageVersion();

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
