import { join } from "node:path";
import { TOP } from "../../tools/top.ts";
import { type RunOptions, run } from "../support/processes.ts";
import { nodeProgram } from "../support/programs.ts";

const UP_TIMEOUT_MS = 120_000;

/** What `npm run cluster -- ARGS` does, with a state directory of the test's own. */
export const runClusterCommand = (
  args: readonly string[],
  state: string,
  options: RunOptions = {},
) =>
  run(nodeProgram, [join(TOP, "e2e/cluster/command.ts"), ...args], {
    timeoutMs: UP_TIMEOUT_MS,
    ...options,
    env: { XDG_STATE_HOME: state, SHELL: "/bin/sh" },
  });
