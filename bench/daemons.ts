import { performance } from "node:perf_hooks";
import type { Scope } from "../e2e/support/at-end.ts";
import { type Daemon, startDaemon } from "../e2e/support/daemons.ts";
import { nodeProgram } from "../e2e/support/programs.ts";

/** The Node that runs the bench runs all that is compared. */
export const SAME_NODE = { OCI_TORRENT_NODE: nodeProgram };

const LOOPBACK = ["--bind-address=127.0.0.1"];

/** Flags by role; `registry` is HOST:PORT, `seeder` an address. */
export const roles = {
  puller: (registry: string) => ["--disable-bt", `--insecure-registry=${registry}`],
  seeder: (registry: string) => ["--bt-seeder", ...LOOPBACK, `--insecure-registry=${registry}`],
  leecher: (seeder: string) => [`--seeder-addr=${seeder}`, ...LOOPBACK],
};

export const startBenchDaemon = (
  scope: Scope,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Daemon> => startDaemon(scope, flags, { env: { ...SAME_NODE, ...env } });

const BRING_TIMEOUT_MS = 600_000;

/** Has a daemon bring an image, as a person would. */
export async function bring(daemon: Daemon, image: string): Promise<void> {
  const args = ["start", "--quiet", `docker://${image}`];
  await daemon.ctr(args, { timeoutMs: BRING_TIMEOUT_MS, env: SAME_NODE });
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}
