// A containerd of a test's own: its own root, state, socket and mounts, so that any number can run beside each other.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { connectSocket, criRuntimeMethods, unary } from "../../src/api/index.ts";
import { moduleOf } from "../../tools/go-programs.ts";
import { until } from "../cluster/until.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { goProgram, lackingGo } from "../support/go-programs.ts";
import { type Running, start } from "../support/processes.ts";
import { lacking, type Program, program } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";

export type Version = "1.6" | "2.4";
export const VERSIONS: readonly Version[] = ["1.6", "2.4"];

/** How its CRI plugin finds registries: by the defaults, or in the directory `certs.d`. */
export type Hosts = "default" | "directory";

export type ContainerdOptions = {
  readonly version: Version;
  readonly hosts?: Hosts;
};

export type Containerd = {
  readonly socket: string;
  /** Read where it was started with "directory". */
  readonly certsDirectory: string;
  readonly process: Running;
  /** Kills it, and starts it on what it has left. */
  restart(signal: NodeJS.Signals): Promise<void>;
  kill(): Promise<void>;
  begin(): Promise<void>;
};

/** Why a version cannot run here, or false. */
export const lackingContainerd = (version: Version): string | false =>
  lacking("root", "containerd", "unshare") ||
  (version === "2.4" && lackingGo(moduleOf("containerd")));

const READY_MS = 60_000;

/** Answers when this resolves; gone with its mounts when the test or suite ends. */
export async function startContainerd(
  scope: Scope,
  { version, hosts = "default" }: ContainerdOptions,
): Promise<Containerd> {
  const directory = tempDir(scope);
  const socket = join(directory, "c.sock");
  const certsDirectory = join(directory, "certs.d");
  mkdirSync(certsDirectory);
  const config = join(directory, "config.toml");
  writeFileSync(config, configOf(version, directory, hosts === "directory" ? certsDirectory : ""));
  const path = version === "1.6" ? program("containerd") : goProgram("containerd");
  const launch = () => startOne(scope, path, config);
  let process = launch();
  atEnd(scope, async () => {
    await process.stop();
  });
  const begin = async () => {
    process = launch();
    await untilReady(process, socket);
  };
  const end = async (signal: NodeJS.Signals) => {
    process.kill(signal);
    await process.exit;
  };
  await untilReady(process, socket);
  return {
    socket,
    certsDirectory,
    get process() {
      return process;
    },
    begin,
    kill: () => end("SIGKILL"),
    async restart(signal) {
      await end(signal);
      await begin();
    },
  };
}

/** In a mount namespace of its own, which takes its mounts with it. */
const startOne = (scope: Scope, path: Program, config: string): Running =>
  start(
    scope,
    program("unshare"),
    ["--mount", "--propagation", "private", "--", path, "--config", config],
    { env: { PATH: `${dirname(path)}:/usr/sbin:/usr/bin:/sbin:/bin` } },
  );

async function untilReady(process: Running, socket: string): Promise<void> {
  const client = connectSocket(socket);
  let ended = false;
  void process.exit.then(() => {
    ended = true;
  });
  try {
    await until("containerd answers", READY_MS, async () => {
      if (ended) throw new Error(`containerd has ended:\n${process.stderr()}`);
      const call = { timeoutMs: 5_000 };
      const asked = unary(client, criRuntimeMethods.Version, { version: "v1" }, call);
      return await asked.catch(() => undefined);
    });
  } finally {
    client.close();
  }
}

// No pods run here, so nothing is said of sandboxes and networks; but sockets that it would have of itself are in its own directory.
function configOf(version: Version, directory: string, certs: string): string {
  const common = `version = 2
root = "${directory}/root"
state = "${directory}/state"
[grpc]
  address = "${directory}/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".registry]
${certs === "" ? "" : `  config_path = "${certs}"\n`}`;
  return version === "1.6"
    ? common
    : `${common}[plugins."io.containerd.nri.v1.nri"]\n  disable = true\n`;
}
