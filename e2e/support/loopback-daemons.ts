// Daemons of ours on loopback, each with a directory of its own, and what tests ask of them over gRPC.
import { join } from "node:path";
import type { Client } from "@grpc/grpc-js";
import {
  connectDaemon,
  methods,
  type ProgressEvent__Output,
  serverStream,
  type Totals__Output,
  unary,
} from "../../src/api/index.ts";
import { atEnd, type Scope } from "./at-end.ts";
import { type Running, start } from "./processes.ts";
import { ourProgram } from "./programs.ts";
import { tempDir } from "./temp.ts";

export type DaemonOptions = {
  /** Kept by a daemon that is started again. */
  readonly root?: string;
  readonly args: readonly string[];
  /** Where it serves its metrics; nowhere unless given. */
  readonly metricsPort?: number;
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
};

export type TestDaemon = {
  readonly root: string;
  readonly socket: string;
  readonly process: Running;
  readonly client: Client;
  /** The address by which leechers reach it. */
  readonly address: string;
};

/** Starts a daemon and waits until it is ready. It listens on a socket, and on a free port of loopback for leechers. */
export async function startDaemon(scope: Scope, options: DaemonOptions): Promise<TestDaemon> {
  const { root = join(tempDir(scope), "root"), metricsPort, env = {} } = options;
  const socket = join(tempDir(scope), "oci-torrentd.sock");
  const args = [
    ...["--root-dir", root, "--listen", `unix://${socket}`, "--listen", "tcp://127.0.0.1:0"],
    ...["--bt-port", "0", "--bind-address", "127.0.0.1"],
    ...["--metrics-listen", metricsPort === undefined ? "off" : `127.0.0.1:${metricsPort}`],
    ...options.args,
  ];
  const process = start(scope, ourProgram("oci-torrentd"), args, { env });
  const [, port] = await process.line(/"ready".*tcp:\/\/127\.0\.0\.1:(\d+)/);
  const client = connectDaemon({ kind: "unix", path: socket });
  atEnd(scope, () => client.close());
  return { root, socket, process, client, address: `tcp://127.0.0.1:${port}` };
}

export const seederArgs = (...registries: readonly string[]): readonly string[] => [
  ...["--bt-seeder", "--tracker-listen", "127.0.0.1:0"],
  ...registries.flatMap((host) => ["--insecure-registry", host]),
];

export const leecherArgs = (...seeders: readonly TestDaemon[]): readonly string[] =>
  seeders.flatMap(({ address }) => ["--seeder-addr", address]);

/** What happens to an image, from its start to its end. */
export async function* follow(
  { client }: TestDaemon,
  reference: string,
  { waitSeconds = 60 }: { readonly waitSeconds?: number } = {},
): AsyncGenerator<ProgressEvent__Output> {
  const request = { reference, allPlatforms: true, waitSeconds };
  yield* serverStream(client, methods.StartDownload, request, { timeoutMs: 120_000 });
}

/** Starts an image and waits until it is complete. */
export async function bring(
  daemon: TestDaemon,
  reference: string,
  options: Parameters<typeof follow>[2] = {},
): Promise<{ readonly digest: string; readonly totals: Totals__Output }> {
  let last: ProgressEvent__Output | undefined;
  for await (const event of follow(daemon, reference, options)) last = event;
  if (last?.step !== "STEP_DONE" || last.totals === null) {
    throw new Error(`${reference} ended with ${last?.step}`);
  }
  return { digest: last.digest, totals: last.totals };
}

/** The results of reading every blob of an image again. */
export async function verify({ client }: TestDaemon, reference: string): Promise<string[]> {
  const results: string[] = [];
  const call = { timeoutMs: 60_000 };
  for await (const { result } of serverStream(client, methods.Verify, { reference }, call)) {
    results.push(result);
  }
  return results;
}

export const statusOf = async ({ client }: TestDaemon, reference: string) =>
  (await unary(client, methods.Status, { reference })).images[0];
