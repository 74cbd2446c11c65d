import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { type Component, ComponentError, runAll } from "./component.ts";

const untilAborted = async (signal: AbortSignal) => {
  if (!signal.aborted) await once(signal, "abort");
};

const server = (name: string, log: string[]): Component => ({
  name,
  async run(signal) {
    await untilAborted(signal);
    await Promise.resolve();
    log.push(`${name} closed`);
  },
});

const failing = (name: string, error: unknown): Component => ({
  name,
  run: () => Promise.reject(error),
});

describe("runAll", () => {
  it("ends when it is aborted, after every component has closed", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const run = runAll([server("a", log), server("b", log)], controller.signal);
    controller.abort();
    await run;
    assert.deepEqual(log, ["a closed", "b closed"]);
  });

  it("stops the others when one fails, and says which", async () => {
    const log: string[] = [];
    const cause = new Error("port 6882 is taken");
    const components = [server("api", log), failing("tracker", cause)];
    await assert.rejects(runAll(components, new AbortController().signal), (error) => {
      assert.ok(error instanceof ComponentError);
      assert.equal(error.message, "tracker failed: port 6882 is taken");
      assert.equal(error.cause, cause);
      return true;
    });
    assert.deepEqual(log, ["api closed"]);
  });

  it("keeps what failed while stopping", async () => {
    const stubborn: Component = {
      name: "store",
      async run(signal) {
        await untilAborted(signal);
        throw new Error("could not write its state");
      },
    };
    const components = [stubborn, failing("tracker", new Error("first"))];
    await assert.rejects(runAll(components, new AbortController().signal), (error) => {
      assert.ok(error instanceof ComponentError);
      assert.equal(error.message, "tracker failed: first");
      assert.deepEqual(
        error.failures.map(({ component }) => component),
        ["tracker", "store"],
      );
      return true;
    });
  });

  it("takes a component's answer to the abort for no failure, but another error for one", async () => {
    const aborting: Component = {
      name: "waiter",
      async run(signal) {
        await untilAborted(signal);
        signal.throwIfAborted();
      },
    };
    const controller = new AbortController();
    const run = runAll([aborting], controller.signal);
    controller.abort(new Error("stopped by SIGTERM"));
    await run;
  });

  const earlyEnds: Record<string, Component> = {
    "returns by itself": { name: "seeder", run: async () => {} },
    "throws at once": {
      name: "seeder",
      run: () => {
        throw new Error("it ended before it was told to");
      },
    },
  };
  for (const [what, component] of Object.entries(earlyEnds)) {
    it(`fails when a component ${what}`, async () => {
      await assert.rejects(runAll([component], new AbortController().signal), {
        name: "ComponentError",
        message: "seeder failed: it ended before it was told to",
      });
    });
  }

  it("starts nothing that keeps running when it was aborted before", async () => {
    const log: string[] = [];
    await runAll([server("a", log)], AbortSignal.abort());
    assert.deepEqual(log, ["a closed"]);
  });
});
