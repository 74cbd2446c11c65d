import { AttemptFailed } from "./attempt-failure.ts";
import type { BlobDeps } from "./blob-stream.ts";
import type { Circuit } from "./circuit.ts";
import type { Clock } from "./clock.ts";
import type { Credential } from "./credential.ts";
import { type RequestEvent, send } from "./exchange.ts";
import { createLogins, type Logins } from "./login.ts";
import type { Quarantine } from "./quarantine.ts";
import type { RegistryEndpoint } from "./registry-endpoints.ts";
import type { RegistryLimits } from "./registry-limits.ts";
import { type Advice, registryError, type Subject } from "./registry-sentences.ts";
import { askInRounds } from "./rounds.ts";
import type { Transport } from "./transport.ts";

/** What waiting and giving up are measured by. */
export type Timing = {
  readonly clock: Clock;
  readonly limits: RegistryLimits;
  random(): number;
};

/** What all registries of a client have in common. */
export type Shared = {
  readonly timing: Timing;
  readonly transport: Transport;
  readonly userAgent: string;
  readonly quarantine: Quarantine;
  readonly advice: Advice;
  circuit(origin: string): Circuit;
  onRequest(event: RequestEvent): void;
};

export type AskedRegistry = {
  readonly host: string;
  readonly endpoints: readonly RegistryEndpoint[];
  readonly credential: Credential | undefined;
};

/** Asks the endpoints of one registry with one login, and puts what fails into a sentence. */
export interface Asker {
  readonly host: string;
  readonly timing: Timing;
  ask<T>(
    subject: Subject,
    signal: AbortSignal,
    attempt: (deps: BlobDeps, endpoint: RegistryEndpoint) => Promise<T>,
  ): Promise<T>;
  forgetLogins(): void;
}

export function createAsker(shared: Shared, { host, endpoints, credential }: AskedRegistry): Asker {
  const { timing, transport, userAgent, quarantine, advice } = shared;
  const { onRequest } = shared;
  const loginsAt = new Map<RegistryEndpoint, Logins>();
  const sending = { ...timing, transport, userAgent, onRequest };
  const loginsOf = (endpoint: RegistryEndpoint): Logins => {
    const known = loginsAt.get(endpoint);
    if (known !== undefined) return known;
    const logins = createLogins({
      ...timing,
      send: (request, signal) => send(sending, endpoint, "token", request, signal),
    });
    loginsAt.set(endpoint, logins);
    return logins;
  };
  const depsAt = (endpoint: RegistryEndpoint, circuit: Circuit): BlobDeps => ({
    ...sending,
    registryHost: host,
    credential,
    logins: loginsOf(endpoint),
    quarantine,
    circuit,
  });
  // Servers limit who asks without a login, and let others in: those are not to wait for what happened to the former.
  const whose = credential === undefined ? "" : " with a login";
  return {
    host,
    timing,
    async ask(subject, signal, attempt) {
      try {
        return await askInRounds(
          { ...timing, circuit: (origin) => shared.circuit(origin + whose) },
          endpoints,
          (endpoint, circuit) => attempt(depsAt(endpoint, circuit), endpoint),
          signal,
        );
      } catch (cause) {
        if (!(cause instanceof AttemptFailed)) throw cause;
        throw registryError(subject, cause.failure, timing.limits, { cause, advice });
      }
    },
    forgetLogins() {
      for (const logins of loginsAt.values()) logins.forget();
    },
  };
}
