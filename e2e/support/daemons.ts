import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "./at-end.ts";
import type { Host } from "./netns.ts";
import { type Finished, type Running, type RunOptions, run, start } from "./processes.ts";
import { ourProgram } from "./programs.ts";
import { tempDir } from "./temp.ts";

export type DaemonOptions = {
  /** Else on this machine's loopback, with ports that the system chooses. */
  readonly on?: Host;
  /** Text of a configuration file. */
  readonly config?: string;
  /** An earlier daemon's, to go on with what it left; a new one when not given. */
  readonly root?: string;
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
};

export type Daemon = {
  readonly process: Running;
  readonly root: string;
  /** unix:///PATH, also for other daemons and from other hosts: they share the file system. */
  readonly address: string;
  /** Runs the command line against this daemon. */
  ctr(args: readonly string[], options?: RunOptions): Promise<Finished>;
};

/** Starts oci-torrentd with these flags, and waits until it is ready; it stops when the test or suite ends. */
export async function startDaemon(
  scope: Scope,
  flags: readonly string[],
  { on, config, root = join(tempDir(scope), "root"), env = {} }: DaemonOptions = {},
): Promise<Daemon> {
  const directory = tempDir(scope);
  const address = `unix://${directory}/api.sock`;
  const args = [`--root=${root}`, `--listen=${address}`, ...flags, ...freePorts(flags, on)];
  if (config !== undefined) {
    const file = join(directory, "config.yaml");
    writeFileSync(file, config);
    args.push(`--config=${file}`);
  }
  const options = { env, ...(on === undefined ? {} : { on }) };
  const process = start(scope, ourProgram("oci-torrentd"), args, options);
  await process.line(/"message":"ready"/);
  const daemon = { OCI_TORRENT_ADDRESS: address };
  const ctr = ourProgram("oci-torrent-ctr");
  return {
    process,
    root,
    address,
    ctr: (commands, options = {}) =>
      run(ctr, commands, { ...options, env: { ...daemon, ...options.env } }),
  };
}

/** Daemons on one machine must not meet at the usual ports; on a host of its own each keeps them. */
function freePorts(flags: readonly string[], on: Host | undefined): readonly string[] {
  if (on !== undefined) return [];
  const given = (flag: string) => flags.some((text) => text.startsWith(`--${flag}`));
  return [
    ...(given("bt-port") ? [] : ["--bt-port=0"]),
    ...(given("metrics-listen") ? [] : ["--metrics-listen=off"]),
    ...(given("bt-seeder") && !given("tracker-listen") ? ["--tracker-listen=127.0.0.1:0"] : []),
  ];
}
