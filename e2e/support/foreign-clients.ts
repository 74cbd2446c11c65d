// BitTorrent clients that others have written, set to learn of peers from trackers alone.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scope } from "./at-end.ts";
import { fetchOn } from "./fetch-on.ts";
import type { Host } from "./netns.ts";
import { start } from "./processes.ts";
import { program } from "./programs.ts";
import { tempDir } from "./temp.ts";

/** It looks for peers to ask, and for peers to serve, only every ten seconds. */
const TRANSMISSION_COMPLETE_MS = 60_000;

export type ForeignClient = {
  /** Where it puts each torrent's file, by the name in the torrent. */
  readonly directory: string;
  /** Resolves when everything is downloaded; from then on it seeds. */
  complete(): Promise<void>;
  /** What it has sent to peers, by its own count. */
  uploadedBytes(): Promise<number>;
};

/** Starts a client that downloads and seeds these `.torrent` files, by path; it stops when the test or suite ends. */
export type StartForeignClient = (
  scope: Scope,
  on: Host,
  torrents: readonly string[],
) => Promise<ForeignClient>;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

export const startAria2: StartForeignClient = async (scope, on, torrents) => {
  const directory = tempDir(scope);
  const hook = join(directory, "hook");
  writeFileSync(hook, `#!${program("busybox")} sh\necho "complete: $3"\n`, { mode: 0o755 });
  const flags = [
    ...["--no-conf", `--dir=${directory}`, "--seed-ratio=0.0", "--enable-rpc"],
    ...["--enable-dht=false", "--enable-dht6=false"],
    ...["--enable-peer-exchange=false", "--bt-enable-lpd=false"],
    `--on-bt-download-complete=${hook}`,
  ];
  const aria2 = start(scope, program("aria2c"), [...flags, ...torrents], { on });
  const ask = async (method: string, ...params: unknown[]) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: "", method, params });
    const answer = await fetchOn(on, "http://127.0.0.1:6800/jsonrpc", { method: "POST", body });
    return (JSON.parse(answer.body) as { result: unknown }).result;
  };
  return {
    directory,
    complete: async () => {
      for (const torrent of torrents) {
        await aria2.line(new RegExp(`^complete: .*/${basename(torrent, ".torrent")}$`));
      }
    },
    uploadedBytes: async () => {
      const answer = await ask("aria2.tellActive", ["uploadLength"]);
      return sum((answer as { uploadLength: string }[]).map(({ uploadLength }) => +uploadLength));
    },
  };
};

const LIBTORRENT_SCRIPT = fileURLToPath(new URL("libtorrent-client.py", import.meta.url));

/** Through its Python binding. */
export const startLibtorrent: StartForeignClient = async (scope, on, torrents) => {
  const directory = tempDir(scope);
  const args = [LIBTORRENT_SCRIPT, on.address, directory, ...torrents];
  const libtorrent = start(scope, program("python3"), args, { on });
  let asked = 0;
  return {
    directory,
    complete: async () => {
      for (const torrent of torrents) {
        await libtorrent.line(new RegExp(`^complete: ${basename(torrent, ".torrent")}$`));
      }
    },
    uploadedBytes: async () => {
      asked += 1;
      libtorrent.kill("SIGUSR1");
      const [, bytes] = await libtorrent.line(new RegExp(`^uploaded ${asked}: (\\d+)$`));
      return Number(bytes);
    },
  };
};

const TRANSMISSION_SETTINGS = {
  "dht-enabled": false,
  "pex-enabled": false,
  "lpd-enabled": false,
  "utp-enabled": false,
  "port-forwarding-enabled": false,
  "rpc-bind-address": "127.0.0.1",
};

export const startTransmission: StartForeignClient = async (scope, on, torrents) => {
  const config = tempDir(scope);
  const directory = join(config, "downloads");
  mkdirSync(directory);
  const settings = { ...TRANSMISSION_SETTINGS, "download-dir": directory };
  writeFileSync(join(config, "settings.json"), JSON.stringify(settings));
  const flags = ["--foreground", "--log-info", "--config-dir", config];
  const transmission = start(scope, program("transmission-daemon"), flags, { on });
  await transmission.line(/Serving RPC and Web requests/);
  const url = "http://127.0.0.1:9091/transmission/rpc";
  const session = "x-transmission-session-id";
  const { headers } = await fetchOn(on, url);
  const ask = async (method: string, args: object) => {
    const body = JSON.stringify({ method, arguments: args });
    const request = { method: "POST", body, headers: { [session]: headers[session] ?? "" } };
    const answer = await fetchOn(on, url, request);
    return (JSON.parse(answer.body) as { arguments: unknown }).arguments;
  };
  for (const filename of torrents) await ask("torrent-add", { filename });
  return {
    directory,
    complete: async () => {
      for (const torrent of torrents) {
        const name = basename(torrent, ".torrent");
        const pattern = new RegExp(`${name} State changed from "Incomplete" to "Complete"`);
        await transmission.line(pattern, TRANSMISSION_COMPLETE_MS);
      }
    },
    uploadedBytes: async () => {
      const answer = await ask("torrent-get", { fields: ["uploadedEver"] });
      const { torrents: known } = answer as { torrents: { uploadedEver: number }[] };
      return sum(known.map(({ uploadedEver }) => uploadedEver));
    },
  };
};
