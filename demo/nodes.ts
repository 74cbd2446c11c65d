import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectDaemon, methods, unary } from "../src/api/index.ts";
import { TOP } from "../tools/top.ts";
import { DemoError } from "./demo-error.ts";
import { type DaemonProcess, lastLines, startProcess } from "./processes.ts";

type Client = ReturnType<typeof connectDaemon>;

/** A machine of the demo: one daemon with a directory of its own. */
export interface Node {
  readonly name: string;
  /** The daemon's root directory. */
  readonly root: string;
  readonly client: Client;
  /** Starts the daemon, and waits until it answers. */
  start(signal: AbortSignal): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** `error` as the demo tells it: with the end of the daemon's log when that has ended. */
  explain(error: unknown): Promise<DemoError>;
}

export type NodesOptions = {
  readonly directory: string;
  readonly leechers: number;
  /** Most bytes per second that a leecher takes, and gives; 0 for no limit. */
  readonly rate: number;
  readonly insecureRegistries: readonly string[];
};

/** The seeder gives more than one leecher takes, and less than all of them take: the rest they give each other. */
const SEEDER_UPLOAD = 2;
const READY_MS = 20_000;
const POLL_MS = 100;

/** One seeder and its leechers; none is started. */
export async function createNodes(
  options: NodesOptions,
): Promise<{ seeder: Node; leechers: readonly Node[] }> {
  const { rate, directory } = options;
  const seeder = await createNode(directory, "seeder", [
    "--bt-seeder=true",
    "--tracker-listen=127.0.0.1:0",
    `--upload-rate=${rate * SEEDER_UPLOAD}`,
    ...options.insecureRegistries.map((host) => `--insecure-registry=${host}`),
  ]);
  const names = Array.from({ length: options.leechers }, (_, at) => `leecher-${at + 1}`);
  const flags = [
    `--seeder-addr=unix://${socketOf(join(directory, "seeder"))}`,
    `--upload-rate=${rate}`,
    `--download-rate=${rate}`,
  ];
  const leechers = await Promise.all(names.map((name) => createNode(directory, name, flags)));
  return { seeder, leechers };
}

const socketOf = (directory: string): string => join(directory, "daemon.sock");

async function createNode(top: string, name: string, own: readonly string[]): Promise<Node> {
  const directory = join(top, name);
  const root = join(directory, "root");
  const [socket, logFile] = [socketOf(directory), join(directory, "daemon.log")];
  const configFile = join(directory, "config.yaml");
  await mkdir(root, { recursive: true });
  // Else the daemon would read this machine's own configuration.
  await writeFile(configFile, "{}\n");
  const flags = [
    ...[`--config=${configFile}`, `--root-dir=${root}`, `--listen=unix://${socket}`],
    ...["--bind-address=127.0.0.1", "--bt-port=0", "--metrics-listen=off"],
    ...own,
  ];
  let client = connectDaemon({ kind: "unix", path: socket });
  let daemon: DaemonProcess | undefined;

  async function ready(signal: AbortSignal): Promise<void> {
    const until = performance.now() + READY_MS;
    while (true) {
      try {
        await unary(client, methods.GetVersion, {}, { timeoutMs: 1_000, signal });
        return;
      } catch (error) {
        if (daemon?.isRunning() !== true || performance.now() > until) throw await explain(error);
        await sleep(POLL_MS, undefined, { signal });
      }
    }
  }

  async function explain(error: unknown): Promise<DemoError> {
    if (error instanceof DemoError) return error;
    // A failed call says in `details` what its message has behind a status code.
    const { details, message } = error as Error & { readonly details?: string };
    const why = details ?? message;
    if (daemon?.isRunning() === true) return new DemoError(`${name}: ${why}`, { cause: error });
    const end = `${name}: its daemon has ended; the end of its log:\n${await lastLines(logFile)}`;
    return new DemoError(end, { cause: error });
  }

  return {
    name,
    root,
    get client() {
      return client;
    },
    async start(signal) {
      daemon = await startProcess(join(TOP, "bin", "oci-torrentd"), flags, logFile);
      await ready(signal);
    },
    async kill() {
      daemon?.kill("SIGKILL");
      await daemon?.exited;
      // A client that has met a dead daemon waits before it dials again.
      client.close();
      client = connectDaemon({ kind: "unix", path: socket });
    },
    async stop() {
      client.close();
      await daemon?.stop();
    },
    explain,
  };
}
