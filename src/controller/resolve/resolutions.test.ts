import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createFakeClock } from "../../runtime/testing/index.ts";
import type { WorkFailure } from "../queue/work-queue.ts";
import type { ImageQuestion } from "./image-question.ts";
import { createResolutions } from "./resolutions.ts";
import type { ImageRequest, Resolving } from "./resolve-image.ts";
import { aQuestion, digestNamed, foundImage } from "./testing/a-question.ts";

const KEY = "team/app/uid-1";
const question = aQuestion();
const refused: Resolving = { state: "failed", reason: "Unauthorized", message: "no" };
const nodes = (...platforms: string[]) => ({ wanted: { of: "nodes", platforms } }) as const;

/** At work, with a registry that answers when and as the test says. */
function start(test: TestContext) {
  const clock = createFakeClock();
  const asked: ImageRequest[] = [];
  const answers: PromiseWithResolvers<Resolving>[] = [];
  const changed: string[] = [];
  const failures: WorkFailure[] = [];
  const resolutions = createResolutions({
    clock,
    today: () => new Date(Date.UTC(2030, 0, 1)),
    random: () => 0,
    resolve: (request, signal) => {
      asked.push(request);
      const answer = Promise.withResolvers<Resolving>();
      signal.addEventListener("abort", () => answer.reject(signal.reason), { once: true });
      answers.push(answer);
      return answer.promise;
    },
    onChange: (key) => changed.push(key),
    onFailure: (failure) => failures.push(failure),
  });
  const stop = new AbortController();
  const running = resolutions.run(stop.signal);
  test.after(async () => {
    stop.abort(new Error("the test is over"));
    await running;
  });
  const ask = async (wanted: ImageQuestion = question) => {
    const resolution = resolutions.ask(KEY, wanted);
    await clock.advance(0);
    return resolution.state === "done" ? resolution.image.digest : resolution.state;
  };
  const answer = async (resolving: Resolving | Error) => {
    const next = answers.shift() ?? assert.fail("nothing was asked");
    if (resolving instanceof Error) next.reject(resolving);
    else next.resolve(resolving);
    await clock.advance(0);
  };
  return { clock, asked, changed, failures, resolutions, ask, answer };
}

describe("the images of distributions", () => {
  it("are looked up once, however often one asks, and told when they are known", async (test) => {
    const { ask, answer, asked, changed, resolutions } = start(test);
    assert.equal(await ask(), "wanted");
    assert.equal(await ask(), "wanted");
    assert.equal(asked.length, 1);
    assert.equal(resolutions.documents(KEY), undefined);
    const found = foundImage("a");
    await answer(found);
    assert.deepEqual(changed, [KEY]);
    assert.equal(await ask(), digestNamed("a"));
    assert.equal(resolutions.documents(KEY), found.documents);
    assert.equal(asked.length, 1);
  });

  it("that cannot be had are tried again after one minute, and then after two", async (test) => {
    const { ask, answer, asked, changed, clock } = start(test);
    await ask();
    await answer(refused);
    assert.equal(await ask(), "failed");
    await clock.advance(59_999);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    assert.equal(asked.length, 2);
    await answer(refused);
    await clock.advance(119_999);
    assert.equal(asked.length, 2);
    await clock.advance(1);
    await answer(foundImage("a"));
    assert.equal(await ask(), digestNamed("a"));
    assert.equal(changed.length, 3);
    await clock.advance(3_600_000);
    assert.equal(asked.length, 3);
  });

  it("that cannot be had are tried at once on a refresh", async (test) => {
    const { ask, answer, asked } = start(test);
    await ask();
    await answer(refused);
    const refreshed = aQuestion({ refresh: "2" });
    assert.equal(await ask(refreshed), "wanted");
    assert.equal(asked.length, 2);
    await answer(foundImage("a"));
    assert.equal(await ask(refreshed), digestNamed("a"));
  });

  it("are asked for by their digest for a new platform, and stay known meanwhile", async (test) => {
    const { ask, answer, asked } = start(test);
    await ask();
    await answer(foundImage("a"));
    const more = aQuestion(nodes("linux/amd64", "linux/arm64"));
    assert.equal(await ask(more), digestNamed("a"));
    const [first, second] = asked;
    assert.equal(first?.pinned, undefined);
    assert.equal(second?.pinned, digestNamed("a"));
    assert.deepEqual(second?.wanted, more.wanted);
    await answer(foundImage("a", ["linux/amd64", "linux/arm64"]));
    assert.equal(await ask(more), digestNamed("a"));
    assert.equal(asked.length, 2);
  });

  it("answer the question as it is at the end, also if it changed meanwhile", async (test) => {
    const { ask, answer, asked } = start(test);
    await ask();
    const refreshed = aQuestion({ refresh: "2" });
    await ask(refreshed);
    assert.equal(asked.length, 1, "one at a time");
    await answer(foundImage("a"));
    assert.equal(asked.length, 2);
    await answer(foundImage("b"));
    assert.equal(await ask(refreshed), digestNamed("b"));
  });

  it("are tried again soon when the API server does not answer", async (test) => {
    const { ask, answer, asked, failures, clock } = start(test);
    await ask();
    await answer(new Error("no answer"));
    assert.deepEqual(
      failures.map(({ retryInMs }) => retryInMs),
      [1_000],
    );
    await clock.advance(999);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    await answer(foundImage("a"));
    assert.equal(await ask(), digestNamed("a"));
    assert.equal(asked.length, 2);
  });

  it("are forgotten with their distribution", async (test) => {
    const { ask, answer, asked, resolutions } = start(test);
    await ask();
    await answer(foundImage("a"));
    resolutions.forget(KEY);
    assert.equal(resolutions.documents(KEY), undefined);
    assert.equal(await ask(), "wanted");
    assert.equal(asked.length, 2);
  });
});
