import { setTimeout as sleep } from "node:timers/promises";
import { API_GROUP } from "../../src/api/index.ts";
import type { ApiAdministrator } from "./api-administrator.ts";
import { writesTo } from "./prometheus.ts";

/** Writes to our resources so far, by the API server's own count. */
export type Reading = { readonly writes: number; readonly atMs: number };

export async function readWrites(api: ApiAdministrator): Promise<Reading> {
  const text = await api.ask("GET", "/metrics");
  return { writes: writesTo(API_GROUP, text), atMs: performance.now() };
}

export const writesPerSecond = (from: Reading, to: Reading): number =>
  (to.writes - from.writes) / ((to.atMs - from.atMs) / 1_000);

const LOOK_MS = 10_000;

/** Readings, one every ten seconds, until nothing has been written for `quietMs`. @throws Error when that takes too long */
export async function readUntilQuiet(
  api: ApiAdministrator,
  quietMs: number,
  timeoutMs: number,
): Promise<readonly Reading[]> {
  const readings = [await readWrites(api)];
  const end = performance.now() + timeoutMs;
  for (let quietSince = readings[0]; ; ) {
    await sleep(LOOK_MS);
    const next = await readWrites(api);
    readings.push(next);
    if (next.writes !== quietSince?.writes) quietSince = next;
    else if (next.atMs - quietSince.atMs >= quietMs) return readings;
    if (next.atMs > end) throw new Error(`writes have not ended within ${timeoutMs} ms`);
  }
}
