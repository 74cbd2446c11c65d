import { setTimeout } from "node:timers/promises";

const PAUSE_MS = 50;

/** Asks again and again what tells of no event; resolves with the first answer, and throws with `what` when time is over. */
export async function until<Answer>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const end = performance.now() + timeoutMs;
  for (let answer = await ask(); ; answer = await ask()) {
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await setTimeout(PAUSE_MS);
  }
}
