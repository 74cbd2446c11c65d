import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AttemptFailed, type Failure } from "./attempt-failure.ts";
import { createCircuits } from "./circuit.ts";
import { endpointMap, endpointsOf, type RegistryEndpoint } from "./registry-endpoints.ts";
import { defaultRegistryLimits as limits } from "./registry-limits.ts";
import { askInRounds } from "./rounds.ts";
import { createFakeClock } from "./testing/fake-clock.ts";

const forever = new AbortController().signal;
const [mirror, registry] = endpointsOf(
  endpointMap({ x: [{ url: "https://mirror", mirror: true }, { url: "https://registry" }] }),
  "x",
) as [RegistryEndpoint, RegistryEndpoint];

/** Each server fails with its failures in turn, then answers with its name. */
async function ask(mirrorFails: readonly Failure[], registryFails: readonly Failure[]) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const left = new Map([
    ["mirror", [...mirrorFails]],
    ["registry", [...registryFails]],
  ]);
  const circuit = createCircuits(clock, limits);
  const attempt = async ({ url }: RegistryEndpoint) => {
    asked.push(url.hostname);
    const failure = left.get(url.hostname)?.shift();
    if (failure !== undefined) throw new AttemptFailed(failure);
    return url.hostname;
  };
  const given = await askInRounds(
    { clock, limits, random: () => 0.5, circuit },
    [mirror, registry],
    attempt,
    forever,
  ).catch((error: unknown) => (error as AttemptFailed).failure);
  return { given, asked, sleeps: clock.sleeps };
}

const failure = (kind: "absent" | "forbidden" | "quarantined"): Failure => ({ kind, host: kind });
const down = (host: string): Failure => ({ kind: "status", host, status: 503 });
const limited = (retryAfterMs: number): Failure => ({ kind: "limited", host: "l", retryAfterMs });

describe("the endpoints of a registry", () => {
  it("are asked in order, until one gives", async () => {
    assert.deepEqual(await ask([], []), { given: "mirror", asked: ["mirror"], sleeps: [] });
    assert.deepEqual(await ask([failure("absent")], []), {
      given: "registry",
      asked: ["mirror", "registry"],
      sleeps: [],
    });
  });

  it("are asked again only where the trouble may pass", async () => {
    assert.deepEqual(await ask([failure("absent")], [down("registry")]), {
      given: "registry",
      asked: ["mirror", "registry", "registry"],
      sleeps: [250],
    });
    assert.deepEqual(await ask([down("mirror")], [failure("quarantined")]), {
      given: "mirror",
      asked: ["mirror", "registry", "mirror"],
      sleeps: [250],
    });
  });

  it("end with the registry's own word", async () => {
    assert.deepEqual(await ask([down("mirror")], [failure("forbidden")]), {
      given: failure("forbidden"),
      asked: ["mirror", "registry"],
      sleeps: [],
    });
  });

  it("get the longest pause that one of them asks for", async () => {
    const { sleeps } = await ask([limited(9_000)], [limited(4_000)]);
    assert.deepEqual(sleeps, [9_000]);
  });

  it("are not held up by one that asks for too long", async () => {
    assert.deepEqual(await ask([limited(61_000)], [down("registry")]), {
      given: "registry",
      asked: ["mirror", "registry", "registry"],
      sleeps: [250],
    });
  });

  it("must not be none", async () => {
    const deps = {
      clock: createFakeClock(),
      limits,
      random: Math.random,
      circuit: createCircuits(createFakeClock(), limits),
    };
    await assert.rejects(
      askInRounds(deps, [], async () => 1, forever),
      {
        code: "CONFIG_INVALID",
        message: "a registry without any endpoint",
      },
    );
  });

  it("pass on an error that is not theirs", async () => {
    const deps = {
      clock: createFakeClock(),
      limits,
      random: Math.random,
      circuit: createCircuits(createFakeClock(), limits),
    };
    const bug = new TypeError("bug");
    await assert.rejects(
      askInRounds(deps, [mirror, registry], () => Promise.reject(bug), forever),
      bug,
    );
  });
});
