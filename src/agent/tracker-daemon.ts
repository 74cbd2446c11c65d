import { createTracker } from "../bt/index.ts";
import { createMetricsRegistry, type Log, openMetricsServer, runAll } from "../runtime/index.ts";
import type { TrackerConfig } from "./config/daemon-config.ts";

/** A tracker alone: every swarm may meet here, within the tracker's own bounds. */
export async function runTrackerDaemon(
  config: TrackerConfig,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const tracker = await createTracker({ listen: config.listen, admits: () => true });
  const metricsServer =
    config.metricsListen &&
    (await openMetricsServer({
      ...config.metricsListen,
      metrics: createMetricsRegistry(),
      live: [],
      ready: [],
    }));
  log.info("tracker ready", { url: tracker.url });
  const serve = async (stop: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    stop.addEventListener("abort", () => resolve(), { once: true });
    if (!stop.aborted) await promise;
    await tracker.close();
  };
  const components = [{ name: "tracker", run: serve }];
  await runAll([...components, ...(metricsServer === undefined ? [] : [metricsServer])], signal);
}
