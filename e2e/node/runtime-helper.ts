import { connectRuntimeHelper, type RuntimeHelper } from "../../src/agent/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { type Running, start } from "../support/processes.ts";
import { ourProgram } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";

export type TestHelper = RuntimeHelper & { readonly process: Running; readonly socket: string };

export type HelperOptions = {
  /** Of the container runtime. */
  readonly socket: string;
  readonly certsDirectory: string;
  readonly args?: readonly string[];
};

/** The shipped helper beside a container runtime, and a client of it as the agent has one. */
export async function startHelper(scope: Scope, options: HelperOptions): Promise<TestHelper> {
  const { socket, certsDirectory, args = [] } = options;
  const own = `${tempDir(scope)}/runtime.sock`;
  const process = start(scope, ourProgram("oci-torrent-runtime"), [
    ...["--listen", `unix://${own}`, "--runtime-socket", socket, "--hosts-dir", certsDirectory],
    ...args,
  ]);
  await process.line(/"ready"/);
  const helper = connectRuntimeHelper({ kind: "unix", path: own });
  atEnd(scope, () => helper.close());
  return { ...helper, process, socket: own };
}
