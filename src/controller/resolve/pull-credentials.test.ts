import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { parseReference } from "../../oci/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import type { WorkFailure } from "../queue/work-queue.ts";
import type { ImageSource } from "./ask-with-logins.ts";
import type { Crediting } from "./pull-credential.ts";
import { createPullCredentials } from "./pull-credentials.ts";

const KEY = "team/app/uid-1";
const START = Date.UTC(2030, 0, 1);
const source: ImageSource = {
  namespace: "team",
  imagePullSecrets: ["login"],
  serviceAccountName: undefined,
  reference: parseReference("registry.test/demo/app:1"),
};
const refused: Crediting = { state: "failed", reason: "Unauthorized", message: "no" };

/** At work, with a clock that began at START. */
function start(test: TestContext) {
  const clock = createFakeClock();
  const asked: number[] = [];
  const changed: string[] = [];
  const failures: WorkFailure[] = [];
  const needed = new Set([KEY]);
  let answer: Crediting | Error = refused;
  const credentials = createPullCredentials({
    clock,
    today: () => new Date(START + clock.now()),
    random: () => 0,
    obtain: async () => {
      asked.push(clock.now());
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onChange: (key) => changed.push(key),
    isNeeded: (key) => needed.has(key),
    onFailure: (failure) => failures.push(failure),
  });
  const stop = new AbortController();
  const running = credentials.run(stop.signal);
  test.after(async () => {
    stop.abort();
    await running;
  });
  const ask = async (from: ImageSource = source) => {
    const state = credentials.ask(KEY, from);
    await clock.advance(0);
    if (state.state !== "done") return state.state;
    const { login } = state.credential;
    return login !== undefined && "bearerToken" in login ? login.bearerToken : "no token";
  };
  const willAnswer = (next: Crediting | Error) => {
    answer = next;
  };
  /** A token that ends so long after the start. */
  const willGive = (bearerToken: string, expiresAfterMs: number) =>
    willAnswer({
      state: "done",
      credential: {
        host: "registry.test",
        repository: "demo/app",
        login: { bearerToken },
        expiresAtMs: START + expiresAfterMs,
      },
    });
  return { clock, needed, asked, changed, failures, credentials, ask, willAnswer, willGive };
}

describe("what seeders show registries", () => {
  it("is obtained once, and renewed when two thirds of its life are over", async (test) => {
    const { ask, asked, changed, clock, willGive } = start(test);
    willGive("one", 300_000);
    assert.equal(await ask(), "wanted");
    assert.equal(await ask(), "one");
    willGive("two", 500_000);
    await clock.advance(199_999);
    assert.equal(await ask(), "one");
    await clock.advance(1);
    assert.equal(await ask(), "two");
    assert.deepEqual(asked, [0, 200_000]);
    assert.equal(changed.length, 2);
  });

  it("stays good until it ends when it cannot be renewed", async (test) => {
    const { ask, changed, clock, willGive, willAnswer } = start(test);
    willGive("one", 60_000);
    await ask();
    willAnswer(refused);
    await clock.advance(59_999);
    assert.equal(await ask(), "one");
    await clock.advance(1);
    assert.equal(await ask(), "wanted");
    await clock.advance(30_000);
    assert.equal(await ask(), "failed");
    assert.equal(changed.length, 2);
    willGive("two", 600_000);
    await clock.advance(30_000);
    assert.equal(await ask(), "two");
  });

  it("is looked at again every ten minutes when it does not end", async (test) => {
    const { ask, asked, changed, clock, willAnswer } = start(test);
    const place = { host: "registry.test", repository: "demo/app" };
    const login = { basic: { username: "ada", password: "1" } };
    const credential = { ...place, login, expiresAtMs: 0 };
    willAnswer({ state: "done", credential });
    await ask();
    await clock.advance(600_000);
    assert.deepEqual(asked, [0, 600_000]);
    assert.equal(changed.length, 1);
    const other = { basic: { username: "ada", password: "2" } };
    willAnswer({ state: "done", credential: { ...credential, login: other } });
    await clock.advance(600_000);
    assert.equal(changed.length, 2);
  });

  it("is not renewed all the time where tokens hardly live", async (test) => {
    const { ask, asked, clock, willGive } = start(test);
    willGive("one", 1);
    await ask();
    await clock.advance(29_999);
    assert.deepEqual(asked, [0, 10_000, 20_000]);
  });

  it("is another for another secret, and the old one is not used for it", async (test) => {
    const { ask, asked, willGive } = start(test);
    willGive("one", 300_000);
    await ask();
    const reference = parseReference("registry.test/demo/app:2");
    assert.equal(await ask({ ...source, reference }), "one", "the same repository");
    willGive("two", 300_000);
    assert.equal(await ask({ ...source, imagePullSecrets: ["new"] }), "wanted");
    assert.equal(await ask({ ...source, imagePullSecrets: ["new"] }), "two");
    assert.equal(asked.length, 2);
  });

  it("is tried again soon when the API server does not answer", async (test) => {
    const { ask, asked, failures, clock, willGive, willAnswer } = start(test);
    willAnswer(new Error("no answer"));
    await ask();
    assert.equal(failures.length, 1);
    willGive("one", 300_000);
    await clock.advance(1_000);
    assert.equal(await ask(), "one");
    assert.deepEqual(asked, [0, 1_000]);
  });

  it("is not renewed any more once nobody fetches, and obtained anew when somebody does", async (test) => {
    const { ask, asked, needed, clock, willGive } = start(test);
    willGive("one", 300_000);
    await ask();
    needed.delete(KEY);
    await clock.advance(3_600_000);
    assert.deepEqual(asked, [0]);
    needed.add(KEY);
    assert.equal(await ask(), "wanted");
    assert.deepEqual(asked, [0, 3_600_000]);
  });

  it("is forgotten with the distribution", async (test) => {
    const { ask, asked, credentials, clock, willGive } = start(test);
    willGive("one", 300_000);
    await ask();
    credentials.forget(KEY);
    await clock.advance(3_600_000);
    assert.deepEqual(asked, [0]);
    assert.equal(await ask(), "wanted");
  });
});
