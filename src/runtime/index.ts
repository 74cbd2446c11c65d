export {
  readFileIfExists,
  removeUnfinishedFiles,
  syncDirectory,
  writeFileAtomic,
} from "./atomic-file.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Component, ComponentError, type ComponentFailure, runAll } from "./component.ts";
export { type Account, type DaemonDirectories, daemonDirectories } from "./directories.ts";
export type { HealthCheck } from "./health-checks.ts";
export type { LogFields } from "./log-fields.ts";
export { LOG_LEVELS, type LogLevel } from "./log-line.ts";
export { createLogger, type Log, type LoggerOptions, silentLog } from "./logger.ts";
export {
  type MetricsServer,
  type MetricsServerOptions,
  openMetricsServer,
} from "./metrics-server.ts";
export { nearest } from "./nearest.ts";
export { createMetricsRegistry } from "./process-metrics.ts";
export { redactText } from "./redact.ts";
export { ShutdownRequested, type SignalSource, shutdownSignal } from "./shutdown-signal.ts";
export { createThrottle, type Throttle } from "./throttle.ts";
export { version } from "./version.ts";
