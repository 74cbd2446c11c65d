// One system on one course, once, with what it took.
import { performance } from "node:perf_hooks";
import type { Scope } from "../../e2e/support/at-end.ts";
import { cpuSecondsOf, idleShare, machineTicks, memoryOf } from "../proc.ts";
import { bytesSent } from "../registry.ts";
import { withScope } from "../scope.ts";
import { type Course, type CourseImage, imageBytes, type Ready, type System } from "./system.ts";
import { bestRate, connectionsOf, type Reading, trafficOf } from "./traffic.ts";

export type Race = {
  /** From the start to when each leecher had everything, in the order in which they did. */
  readonly nodeSeconds: readonly number[];
  /** Of all layers: F. */
  readonly imageBytes: number;
  readonly registryBytes: number;
  /** Sent by the seed's host, whatever it sent. */
  readonly originBytes: number;
  /** Of each leecher's process, where it has one that outlives the work. */
  readonly nodeCpuSeconds: readonly number[];
  /** Of the largest leecher; 0 when there is none to ask. */
  readonly peakRssBytes: number;
  /** Open TCP connections of the busiest leecher, at the time when it had most. */
  readonly connections: number;
  readonly loopDelaySeconds?: number;
  /** The part of all processors that had nothing to do. */
  readonly idle: number;
  /** Bytes per second in the fastest two seconds of the first leecher's link, and of what the seed sent. */
  readonly bestReceived: number;
  readonly bestSent: number;
};

const SAMPLE_MS = 100;
const BEST_SECONDS = 2;

/** Prepares a system, has it bring all but the last of the course's images, and measures how it brings that one. */
export const race = (system: System, course: Course): Promise<Race> =>
  withScope(async (scope: Scope) => {
    const ready = await system.prepare(scope, course);
    const earlier = course.images.slice(0, -1);
    for (const image of earlier) await Promise.all(ready.go(image));
    const last = course.images.at(-1);
    if (last === undefined) throw new RangeError("a course has at least one image");
    return await measure(ready, course, last);
  });

async function measure(ready: Ready, course: Course, image: CourseImage): Promise<Race> {
  const { registry } = course;
  // What was counted until now.
  await ready.loopDelay?.();
  registry.forgetRequests();
  const cpuBefore = ready.pids.map(cpuSecondsOf);
  const ticks = machineTicks();
  const watch = watchHosts(course);
  const nodeSeconds = await secondsOfEach(() => ready.go(image)).finally(watch.stop);
  const idle = idleShare(ticks, machineTicks());
  const nodeCpuSeconds = ready.pids.map(
    (pid, index) => cpuSecondsOf(pid) - (cpuBefore[index] ?? 0),
  );
  const loopDelaySeconds = await ready.loopDelay?.();
  return {
    nodeSeconds,
    imageBytes: imageBytes(image),
    registryBytes: bytesSent(registry),
    originBytes: watch.sent.at(-1)?.bytes ?? 0,
    nodeCpuSeconds,
    peakRssBytes: Math.max(0, ...ready.pids.map((pid) => memoryOf(pid).peakRssBytes)),
    connections: watch.connections(),
    ...(loopDelaySeconds === undefined ? {} : { loopDelaySeconds }),
    idle,
    bestReceived: bestRate(watch.received, BEST_SECONDS),
    bestSent: bestRate(watch.sent, BEST_SECONDS),
  };
}

async function secondsOfEach(go: () => readonly Promise<void>[]): Promise<number[]> {
  const begun = performance.now();
  const ends = go().map(async (end) => {
    await end;
    return (performance.now() - begun) / 1_000;
  });
  return (await Promise.all(ends)).sort((a, b) => a - b);
}

/** Reads what links and sockets do, ten times a second, until it is stopped, and then once more. */
function watchHosts({ network }: Course) {
  const { seed, leechers } = network;
  const [first = seed] = leechers;
  const begun = performance.now();
  const before = { sent: trafficOf(seed).sentBytes, received: trafficOf(first).receivedBytes };
  const sent: Reading[] = [];
  const received: Reading[] = [];
  let connections = 0;
  const look = () => {
    const seconds = (performance.now() - begun) / 1_000;
    sent.push({ seconds, bytes: trafficOf(seed).sentBytes - before.sent });
    received.push({ seconds, bytes: trafficOf(first).receivedBytes - before.received });
    // One host a time: a table is long where many connections were.
    const host = leechers[sent.length % leechers.length];
    if (host !== undefined) connections = Math.max(connections, connectionsOf(host));
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  const stop = () => {
    clearInterval(timer);
    look();
  };
  return { sent, received, connections: () => connections, stop };
}
