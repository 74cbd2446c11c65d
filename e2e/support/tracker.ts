import type { Scope } from "./at-end.ts";
import { type Running, start } from "./processes.ts";
import { ourProgram } from "./programs.ts";

export type TrackerProcess = {
  /** Announce URL. */
  readonly url: string;
  readonly process: Running;
};

/** `oci-torrentd tracker` on loopback, at any port unless one is given. */
export async function startTracker(scope: Scope, port = 0): Promise<TrackerProcess> {
  const args = ["tracker", "--listen", `tcp://127.0.0.1:${port}`, "--metrics-listen", "off"];
  const process = start(scope, ourProgram("oci-torrentd"), args);
  const [, url = ""] = await process.line(/"tracker ready".*"url":"([^"]+)"/);
  return { url, process };
}
