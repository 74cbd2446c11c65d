import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReference } from "../../oci/index.ts";
import {
  decideResolve,
  failuresSoFar,
  knownFrom,
  type ResolveMemory,
  resolutionOf,
} from "./decide-resolve.ts";
import type { ImageQuestion } from "./image-question.ts";
import { resolveRetryMs } from "./resolve-retry.ts";
import { aQuestion, digestNamed, foundImage } from "./testing/a-question.ts";

const NOTHING: ResolveMemory = { known: undefined, failed: undefined };
const question = aQuestion();
const nodes = (...platforms: string[]) => ({ wanted: { of: "nodes", platforms } }) as const;
const spec = (...platforms: string[]) => ({ wanted: { of: "spec", platforms } }) as const;

const knowing = (
  name: string,
  answers: ImageQuestion = question,
  platforms?: readonly string[],
) => ({
  known: knownFrom(NOTHING, answers, undefined, foundImage(name, platforms), 5),
  failed: undefined,
});

const failing = (
  memory: ResolveMemory,
  of: ImageQuestion,
  reason: "Unauthorized" | "PlatformMissing" = "Unauthorized",
): ResolveMemory => ({
  ...memory,
  failed: { question: of, reason, message: "no", failures: 2, retryAt: 100 },
});

const before = (refresh?: string, reference = "registry.test/demo/app:1") => ({
  before: { reference, digest: digestNamed("old"), resolvedAt: 3, refresh, image: undefined },
});

/** The same, and the status had room for all of it. */
function allBefore() {
  const { image } = foundImage("old");
  const told = { ...image, resolvedAt: 3, refresh: undefined, movedFrom: undefined };
  return { before: { ...before().before, image: told } };
}

const lookUp = { do: "resolve", pinned: undefined } as const;
const lookAt = (name: string) => ({ do: "resolve", pinned: digestNamed(name) }) as const;
const other = { reference: parseReference("registry.test/demo/app:2") };

describe("what to find out about an image", () => {
  const cases: Record<string, [memory: ResolveMemory, question: ImageQuestion, step: object]> = {
    "all of it, when nothing is known": [NOTHING, question, lookUp],
    "nothing, when it is known": [knowing("a"), question, { do: "rest" }],
    "nothing, when nodes of a platform are gone": [
      knowing("a"),
      aQuestion(nodes()),
      { do: "rest" },
    ],
    "nothing, when only a secret is another": [
      knowing("a"),
      aQuestion({ imagePullSecrets: ["new"] }),
      { do: "rest" },
    ],
    "what it is for a new platform, of the digest that is known": [
      knowing("a"),
      aQuestion(nodes("linux/amd64", "linux/arm64")),
      lookAt("a"),
    ],
    "nothing, for nodes of a platform that it was found not to have": [
      knowing("a", aQuestion(nodes("linux/amd64", "linux/s390x"))),
      aQuestion(nodes("linux/s390x", "linux/amd64", "no platform")),
      { do: "rest" },
    ],
    "whether it has a platform that the spec names, though nodes had asked in vain": [
      knowing("a", aQuestion(nodes("linux/amd64", "linux/s390x"))),
      aQuestion(spec("linux/amd64", "linux/s390x")),
      lookAt("a"),
    ],
    "another image, by its tag": [knowing("a"), aQuestion(other), lookUp],
    "its tag anew, on a refresh": [knowing("a"), aQuestion({ refresh: "2" }), lookUp],
    "the digest of the status, when another led before": [
      NOTHING,
      aQuestion(before()),
      lookAt("old"),
    ],
    "its tag, when the refresh came before this one led": [
      NOTHING,
      aQuestion({ ...before("1"), refresh: "2" }),
      lookUp,
    ],
    "its tag, when the status is about another image": [
      NOTHING,
      aQuestion(before(undefined, "registry.test/demo/app:0")),
      lookUp,
    ],
    "nothing yet, a while after it failed": [
      failing(NOTHING, question),
      aQuestion(before()),
      { do: "wait", until: 100 },
    ],
    "all at once, after it failed with another secret": [
      failing(NOTHING, question),
      aQuestion({ imagePullSecrets: ["new"] }),
      lookUp,
    ],
    "all at once, after it failed and is to be refreshed": [
      failing(NOTHING, question),
      aQuestion({ refresh: "2" }),
      lookUp,
    ],
  };
  for (const [what, [memory, asked, step]] of Object.entries(cases)) {
    it(`is ${what}`, () => assert.deepEqual(decideResolve(memory, asked, 99), step));
  }

  it("is tried again when its time has come", () => {
    const memory = failing(NOTHING, question);
    assert.deepEqual(decideResolve(memory, question, 99), { do: "wait", until: 100 });
    assert.deepEqual(decideResolve(memory, question, 100), lookUp);
    assert.equal(failuresSoFar(memory, question), 2);
    assert.equal(failuresSoFar(memory, aQuestion(other)), 0);
  });
});

describe("what is known of an image", () => {
  const failed = { state: "failed", reason: "Unauthorized", message: "no" };
  const stateOf = (memory: ResolveMemory, asked: ImageQuestion) => {
    const resolution = resolutionOf(memory, asked);
    return resolution.state === "done" ? resolution.image.digest : resolution;
  };
  const cases: Record<string, [memory: ResolveMemory, question: ImageQuestion, known: unknown]> = {
    "is nothing at first": [NOTHING, question, { state: "wanted" }],
    "is what was found": [knowing("a"), question, digestNamed("a")],
    "is why it could not be found": [failing(NOTHING, question), question, failed],
    "is nothing of another image": [knowing("a"), aQuestion(other), { state: "wanted" }],
    "is not why another could not be found": [
      failing(NOTHING, question),
      aQuestion(other),
      { state: "wanted" },
    ],
    "stays while it is refreshed": [knowing("a"), aQuestion({ refresh: "2" }), digestNamed("a")],
    "stays when the registry does not let us in any more": [
      failing(knowing("a"), aQuestion({ refresh: "2" })),
      aQuestion({ refresh: "2" }),
      digestNamed("a"),
    ],
    "is at once what the status says, when another led before": [
      NOTHING,
      aQuestion(allBefore()),
      digestNamed("old"),
    ],
    "is what the status says, though the registry is away": [
      failing(NOTHING, question),
      aQuestion(allBefore()),
      digestNamed("old"),
    ],
    "is what the status says, while it is refreshed": [
      NOTHING,
      aQuestion({ ...allBefore(), refresh: "2" }),
      digestNamed("old"),
    ],
    "is not what the status says of another image": [
      NOTHING,
      aQuestion({ ...allBefore(), ...other }),
      { state: "wanted" },
    ],
    "is not known when the status has not all of it": [
      NOTHING,
      aQuestion(before()),
      { state: "wanted" },
    ],
    "is that it lacks a platform, when the spec comes to name one": [
      failing(knowing("a"), aQuestion(spec("linux/s390x")), "PlatformMissing"),
      aQuestion(spec("linux/s390x")),
      { ...failed, reason: "PlatformMissing" },
    ],
  };
  for (const [what, [memory, asked, known]] of Object.entries(cases)) {
    it(what, () => assert.deepEqual(stateOf(memory, asked), known));
  }

  it("is for the platforms that are wanted now, by any of their names", () => {
    const all = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
    const memory = knowing("a", aQuestion(nodes(...all)), all);
    const platforms = (...names: string[]) => {
      const resolution = resolutionOf(memory, aQuestion(nodes(...names)));
      assert.ok(resolution.state === "done");
      return resolution.image.platforms.map(({ platform }) => platform);
    };
    assert.deepEqual(platforms("linux/arm", "linux/aarch64"), ["linux/arm64", "linux/arm/v7"]);
    assert.deepEqual(platforms(), []);
  });

  it("tells when the tag was looked up, and what a refresh changed", () => {
    const { known } = knowing("a");
    assert.deepEqual([known.image.resolvedAt, known.image.movedFrom], [5, undefined]);

    const refreshed = aQuestion({ refresh: "2" });
    const moved = knownFrom({ known, failed: undefined }, refreshed, undefined, foundImage("b"), 9);
    const { resolvedAt, movedFrom, refresh } = moved.image;
    assert.deepEqual([resolvedAt, movedFrom, refresh], [9, digestNamed("a"), "2"]);

    const more = aQuestion({ refresh: "2", ...nodes("linux/amd64", "linux/arm64") });
    const pinned = digestNamed("b");
    const same = knownFrom({ known: moved, failed: undefined }, more, pinned, foundImage("b"), 11);
    assert.deepEqual([same.image.resolvedAt, same.image.movedFrom], [9, digestNamed("a")]);

    const again = aQuestion({ refresh: "3" });
    const still = knownFrom(
      { known: same, failed: undefined },
      again,
      undefined,
      foundImage("b"),
      13,
    );
    assert.deepEqual([still.image.resolvedAt, still.image.movedFrom], [13, undefined]);
  });

  it("goes on from what the status of another leader says", () => {
    const asked = aQuestion(before());
    const kept = knownFrom(NOTHING, asked, digestNamed("old"), foundImage("old"), 9);
    assert.deepEqual([kept.image.resolvedAt, kept.image.movedFrom], [3, undefined]);
    const refreshed = aQuestion({ ...before(), refresh: "2" });
    const moved = knownFrom(NOTHING, refreshed, undefined, foundImage("new"), 9);
    assert.deepEqual([moved.image.resolvedAt, moved.image.movedFrom], [9, digestNamed("old")]);
    const another = aQuestion({ ...before(), ...other });
    const found = foundImage("new", ["linux/amd64"], "registry.test/demo/app:2");
    assert.equal(knownFrom(NOTHING, another, undefined, found, 9).image.movedFrom, undefined);
  });
});

describe("the pause after an image could not be resolved", () => {
  it("is a minute, doubled each time up to ten, and up to a fifth less by chance", () => {
    const pauses = (random: number) =>
      [1, 2, 3, 4, 5, 2_000].map((n) => resolveRetryMs(n, () => random));
    assert.deepEqual(pauses(0), [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
    assert.deepEqual(pauses(1), [48_000, 96_000, 192_000, 384_000, 480_000, 480_000]);
  });
});
