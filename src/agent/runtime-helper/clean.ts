import type { Log } from "../../runtime/index.ts";
import { openContainerRuntime } from "./container-runtime.ts";
import type { HelperConfig } from "./helper-config.ts";
import { clearHostsDirectories } from "./hosts-directory.ts";
import { PINNED_BY_US_FILTER, unpinnedLabels } from "./image-labels.ts";
import { sweepLoopbackNames } from "./runtime-state.ts";

/** Takes away all that loads have left in the runtime besides the images themselves. For when no agent runs any more. */
export async function clean(config: HelperConfig, log: Log, signal: AbortSignal): Promise<void> {
  const directories = await clearHostsDirectories(config.hostsDirectory);
  const runtime = openContainerRuntime(config.socket);
  try {
    const pinned = await runtime.names.list([PINNED_BY_US_FILTER], signal);
    for (const each of pinned) await runtime.names.set({ ...each, labels: unpinnedLabels }, signal);
    const names = await sweepLoopbackNames(runtime, () => false, signal);
    log.info("cleaned", { pins: pinned.length, names, directories: directories.length });
  } finally {
    runtime.close();
  }
}
