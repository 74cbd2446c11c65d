import type { Scope } from "../../e2e/support/at-end.ts";
import type { Host } from "../../e2e/support/netns.ts";
import { run } from "../../e2e/support/processes.ts";
import { program } from "../../e2e/support/programs.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { versionOf } from "../machine.ts";
import { RACE_TIMEOUT_MS, type System } from "./system.ts";

/** Copies an image from a registry into a directory, each layer under its digest's hexadecimal digits. */
export async function copyImage(from: string, directory: string, on: Host): Promise<void> {
  const flags = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"];
  const args = [...flags, `docker://${from}`, `dir:${directory}`];
  await run(program("skopeo"), args, { on, timeoutMs: RACE_TIMEOUT_MS });
}

const copyAway = async (scope: Scope, from: string, on: Host) =>
  copyImage(from, tempDir(scope), on);

/** Every leecher pulls from the registry by itself. */
export const direct: System = {
  name: "direct",
  needs: ["skopeo"],
  version: () => versionOf("skopeo"),
  settings: "skopeo copy from docker-registry to a directory, on every node",
  prepare: async (scope, { network }) => ({
    pids: [],
    go: ({ name }) => network.leechers.map((on) => copyAway(scope, name, on)),
  }),
};
