import assert from "node:assert/strict";
import type { AgentConfig, DaemonConfig, TrackerConfig } from "../daemon-config.ts";
import type { Environment } from "../environment.ts";
import { parseCommandLine } from "../parse.ts";

export const DEFAULT_FILE = "/etc/oci-torrent/config.yaml";

/** Where a command line is given: root's machine without variables and files, unless it says otherwise. */
export type Setting = {
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly uid?: number;
};

export const request = (
  line: string | readonly string[],
  { env = {}, files = {}, uid = 0 }: Setting = {},
) =>
  parseCommandLine(typeof line === "string" ? line.split(" ").filter(Boolean) : line, {
    env,
    uid,
    cwd: "/home/op",
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? undefined : Buffer.from(text);
    },
  });

export function daemon(line: string, setting?: Setting): DaemonConfig {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "daemon", JSON.stringify(parsed));
  return (parsed as { config: DaemonConfig }).config;
}

export function agent(line: string, setting?: Setting): AgentConfig {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "agent", JSON.stringify(parsed));
  return (parsed as { config: AgentConfig }).config;
}

export function tracker(line: string, setting?: Setting): TrackerConfig {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "tracker", JSON.stringify(parsed));
  return (parsed as { config: TrackerConfig }).config;
}

export function problems(line: string | readonly string[], setting?: Setting): readonly string[] {
  const parsed = request(line, setting);
  assert.equal(parsed.kind, "usage", JSON.stringify(parsed));
  return (parsed as { problems: readonly string[] }).problems;
}
