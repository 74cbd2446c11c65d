// Installs what the tests need beyond npm's packages: Debian packages, as root, on a machine that has apt.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { type DebianPackage, PACKAGES } from "./packages.ts";

const POLICY_FILE = "/usr/sbin/policy-rc.d";

export type Machine = {
  readonly missing: readonly DebianPackage[];
  readonly isRoot: boolean;
  readonly hasApt: boolean;
  /** OCI_TORRENT_SETUP=0 */
  readonly forbidden: boolean;
};

export type Plan =
  | { do: "nothing" }
  | { do: "install"; command: string; packages: readonly string[] }
  | { do: "leave-out"; sentence: string };

const installCommand = (packages: readonly string[]) =>
  `apt-get install -y --no-install-recommends ${packages.join(" ")}`;

export function planSetUp({ missing, isRoot, hasApt, forbidden }: Machine): Plan {
  const packages = missing.map(({ name }) => name);
  if (packages.length === 0) return { do: "nothing" };
  const command = installCommand(packages);
  const leftOut = `tests that need ${packages.join(", ")} are left out`;
  if (!hasApt) return { do: "leave-out", sentence: `${leftOut}: this machine has no apt-get` };
  if (forbidden) {
    return { do: "leave-out", sentence: `${leftOut}: OCI_TORRENT_SETUP=0 forbids \`${command}\`` };
  }
  if (!isRoot) {
    return { do: "leave-out", sentence: `${leftOut}: run \`sudo ${command}\` to have them` };
  }
  return { do: "install", command, packages };
}

/** The packages of `wanted` that dpkg does not report as installed; all of them on a machine without dpkg. */
export function missingPackages(wanted: readonly DebianPackage[]): DebianPackage[] {
  const names = wanted.map(({ name }) => name);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's
  const format = "${Package} ${db:Status-Status}\\n";
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", format, ...names], { encoding: "utf8" });
  const lines = new Set((stdout ?? "").split("\n"));
  return wanted.filter(({ name }) => !lines.has(`${name} installed`));
}

function run(command: string): boolean {
  console.log(`[set-up] ${command}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const [program = "", ...args] = command.split(" ");
  return spawnSync(program, args, { env, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

/** Keeps apt from starting the services that it installs. */
function withoutServices<T>(act: () => T): T {
  if (existsSync(POLICY_FILE)) return act();
  writeFileSync(POLICY_FILE, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return act();
  } finally {
    rmSync(POLICY_FILE, { force: true });
  }
}

/** With systemd they would start at the next boot. */
function disableServices(packages: readonly DebianPackage[]): void {
  if (!existsSync("/run/systemd/system")) return;
  const services = packages.flatMap(({ service }) => service ?? []);
  if (services.length > 0) run(`systemctl disable --now ${services.join(" ")}`);
}

function install(command: string, missing: readonly DebianPackage[]): void {
  // A package list that is absent or too old names packages that are no longer there.
  const installed = withoutServices(() => run(command) || (run("apt-get update") && run(command)));
  if (!installed) throw new Error(`\`${command}\` failed: what it printed says why`);
  disableServices(missing);
}

/** Installs what is missing, or says which tests are left out and why. Silent when nothing is missing. */
export function setUp(environment: NodeJS.ProcessEnv = process.env): void {
  const missing = missingPackages(PACKAGES);
  const plan = planSetUp({
    missing,
    isRoot: process.getuid?.() === 0,
    hasApt: existsSync("/usr/bin/apt-get"),
    forbidden: environment["OCI_TORRENT_SETUP"] === "0",
  });
  switch (plan.do) {
    case "nothing":
      return;
    case "leave-out":
      console.log(`[set-up] ${plan.sentence}`);
      return;
    case "install":
      install(plan.command, missing);
  }
}

if (import.meta.main) setUp();
