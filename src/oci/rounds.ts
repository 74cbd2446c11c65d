import { AttemptFailed, type Failure } from "./attempt-failure.ts";
import type { Circuit } from "./circuit.ts";
import type { Clock } from "./clock.ts";
import { OciError } from "./errors.ts";
import type { RegistryEndpoint } from "./registry-endpoints.ts";
import type { RegistryLimits } from "./registry-limits.ts";
import { decideRetry } from "./retry.ts";

export type RoundDeps = {
  readonly clock: Clock;
  readonly limits: RegistryLimits;
  random(): number;
  circuit(origin: string): Circuit;
};

/**
 * Asks each endpoint in order until one gives what is asked; then, after a pause, those again whose trouble may
 * pass. The registry's own word (no login, forbidden, absent) ends it at once; a mirror's never does.
 * `attempt` tells the circuit of its success, as it alone knows when that is.
 */
export async function askInRounds<T>(
  deps: RoundDeps,
  endpoints: readonly RegistryEndpoint[],
  attempt: (endpoint: RegistryEndpoint, circuit: Circuit) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let candidates = endpoints;
  for (let tried = 1; ; tried += 1) {
    const round = await askOnce(deps, candidates, attempt, signal);
    if ("value" in round) return round.value;
    const waiting = round.failed.flatMap(({ endpoint, failure }) => {
      const decision = decideRetry(failure, tried, deps.limits, () => deps.random());
      return decision.do === "wait" ? [{ endpoint, ms: decision.ms }] : [];
    });
    if (waiting.length === 0) throw lastOf(round.failed);
    candidates = waiting.map(({ endpoint }) => endpoint);
    await deps.clock.sleep(Math.max(...waiting.map(({ ms }) => ms)), signal);
  }
}

type Failed = {
  readonly endpoint: RegistryEndpoint;
  readonly failure: Failure;
  readonly error: AttemptFailed;
};

async function askOnce<T>(
  deps: RoundDeps,
  endpoints: readonly RegistryEndpoint[],
  attempt: (endpoint: RegistryEndpoint, circuit: Circuit) => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T } | { readonly failed: readonly Failed[] }> {
  const failed: Failed[] = [];
  for (const endpoint of endpoints) {
    const circuit = deps.circuit(endpoint.url.origin);
    try {
      refuseWhileOpen(circuit, endpoint);
      return { value: await attempt(endpoint, circuit) };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AttemptFailed)) throw error;
      tell(circuit, error.failure);
      if (isLastWord(error.failure) && !endpoint.mirror) throw error;
      failed.push({ endpoint, failure: error.failure, error });
    }
  }
  return { failed };
}

function refuseWhileOpen(circuit: Circuit, endpoint: RegistryEndpoint): void {
  const forMs = circuit.openForMs();
  if (forMs > 0) throw new AttemptFailed({ kind: "leftAlone", host: endpoint.url.host, forMs });
}

/** An answer that we do not like is still a sign of life. */
function tell(circuit: Circuit, failure: Failure): void {
  if (failure.kind === "leftAlone" || failure.kind === "quarantined") return;
  if (isLastWord(failure) || failure.kind === "unsupported") circuit.succeeded();
  else circuit.failed();
}

const isLastWord = ({ kind }: Failure): boolean =>
  kind === "loginWanted" || kind === "loginRefused" || kind === "forbidden" || kind === "absent";

/** The registry itself stands last in the list: what it says is what the user can act on. */
function lastOf(failed: readonly Failed[]): Error {
  return failed.at(-1)?.error ?? new OciError("CONFIG_INVALID", "a registry without any endpoint");
}
