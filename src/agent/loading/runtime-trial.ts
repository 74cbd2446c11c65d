import type { Log } from "../../runtime/index.ts";
import type { MirrorPasses } from "./mirror-passes.ts";
import { probeImage } from "./probe-image.ts";
import type { RuntimeFacts, RuntimeHelper } from "./runtime-helper.ts";

export const notAsked: RuntimeFacts = {
  name: "",
  version: "",
  loadMethod: "StoreOnly",
  namesTags: false,
  canPin: false,
  reason: "NotTried",
  message: "the runtime helper was not asked yet",
};

const AGAIN_MS = 60 * 60_000;
/** Where the runtime is away, it is soon back; where it does not load, somebody has to mend it. */
const AWAY_AGAIN_MS = 5_000;
const FAILED_AGAIN_MS = 5 * 60_000;

export const tryAgainMs = ({ reason }: RuntimeFacts): number => {
  if (reason === "Ready") return AGAIN_MS;
  return reason === "SocketMissing" ? AWAY_AGAIN_MS : FAILED_AGAIN_MS;
};

export type TrialDeps = {
  readonly helper: Pick<RuntimeHelper, "probe" | "writeHosts">;
  readonly passes: Pick<MirrorPasses, "issue">;
  readonly mirror: string;
  readonly log: Log;
};

/** Has the runtime load an image that was made for it. That nobody answers is an answer, too. */
export async function tryRuntime(deps: TrialDeps, signal: AbortSignal): Promise<RuntimeFacts> {
  const { helper, passes, mirror, log } = deps;
  const image = probeImage();
  const pass = passes.issue(image);
  try {
    const hosts = await helper.writeHosts(mirror, signal);
    if (hosts === "ReadOnly") {
      log.warn(
        "an administrator's _default may stand between the runtime and this agent, and the directory of registry hosts cannot be written",
      );
    }
    const { username, password } = pass;
    return await helper.probe(image, { address: mirror, username, password }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    return { ...notAsked, reason: "SocketMissing", message };
  } finally {
    pass.end();
  }
}
