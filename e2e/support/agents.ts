import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONTROLLER_NAME } from "../../src/controller/testing/index.ts";
import type { Scope } from "./at-end.ts";
import { type Running, start } from "./processes.ts";
import { ourProgram } from "./programs.ts";
import { tempDir } from "./temp.ts";

export type AgentOptions = {
  readonly node: string;
  /** An address of loopback that no other agent has. */
  readonly address: string;
  /** HOST:PORT of every controller. */
  readonly controllers: readonly string[];
  /** The authorities of the controllers. */
  readonly bundle: string;
  /** Of the node's pod, and the token that a kubelet would project into it; by default those that a test's controller knows. */
  readonly podUid?: string;
  readonly token?: string;
  readonly args?: readonly string[];
  /** Kept by an agent that is started again. */
  readonly root?: string;
};

export type TestAgent = {
  readonly node: string;
  readonly root: string;
  readonly socket: string;
  readonly metricsUrl: string;
  readonly process: Running;
};

/** Starts `oci-torrentd agent` as a pod of the node `node` would. */
export function startAgent(scope: Scope, options: AgentOptions): TestAgent {
  const { node, address, controllers, bundle, args = [] } = options;
  const { podUid = `uid-${node}`, token = `token-${node}` } = options;
  const directory = tempDir(scope);
  const root = options.root ?? join(directory, "root");
  const socket = join(directory, "api.sock");
  const metrics = `${address}:6885`;
  writeFileSync(join(directory, "ca.crt"), bundle);
  writeFileSync(join(directory, "token"), `${token}\n`);
  const process = start(scope, ourProgram("oci-torrentd"), [
    "agent",
    ...["--node-name", node, "--pod-uid", podUid, "--node-address", address],
    ...["--bind-address", address, "--peer-listen", `${address}:6880`],
    ...["--hash-listen", `${address}:6884`],
    ...controllers.flatMap((controller) => ["--controller", controller]),
    ...["--controller-name", CONTROLLER_NAME, "--controller-ca", join(directory, "ca.crt")],
    ...["--session-token", join(directory, "token")],
    ...["--root-dir", root, "--listen", `unix://${socket}`, "--metrics-listen", metrics],
    ...args,
  ]);
  return { node, root, socket, metricsUrl: `http://${metrics}`, process };
}
