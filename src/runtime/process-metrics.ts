import { collectDefaultMetrics, Registry } from "prom-client";

/** A registry with the metrics that every process has: CPU, memory, event loop, garbage collection. */
export function createMetricsRegistry(): Registry {
  const register = new Registry();
  // The default looks at the event loop 100 times a second, which an idle daemon should not pay for.
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 100 });
  return register;
}
