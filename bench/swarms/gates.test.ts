import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aContest, aRace } from "../testing/index.ts";
import { judges } from "./gates.ts";

const samplesOf = (figure: { readonly samples: readonly number[] } | undefined) => figure?.samples;

describe("judges", () => {
  it("take ours over the bound, a sample a run", () => {
    const { races } = aContest({ ours: [8, 12], theirs: [80, 80] });
    const figure = judges.overBound(1.15)(races);
    assert.deepEqual(samplesOf(figure), [1, 1.5]);
    assert.deepEqual(figure?.gate, { atMost: 1.15 });
  });

  it("take ours over the best other of the same run", () => {
    const { races } = aContest({ ours: [8, 8], a: [16, 80], b: [80, 32], c: [1, 1] });
    assert.deepEqual(samplesOf(judges.overBestOf(["a", "b"], 0.8)(races)), [0.5, 0.25]);
  });

  it("leave out a run that lacks one of both", () => {
    const { races } = aContest({ ours: [8], a: [16, 16] });
    assert.deepEqual(samplesOf(judges.overBestOf(["a"], 0.8)(races)), [0.5]);
  });

  it("say nothing of systems that did not take part", () => {
    const { races } = aContest({ ours: [8] });
    assert.equal(judges.overBestOf(["a"], 0.8)(races), undefined);
    assert.equal(judges.overBound(1.15)([]), undefined);
  });

  const own = {
    originCopies: { race: { originBytes: 111e6 }, figure: 1.11 },
    registryCopies: { race: { registryBytes: 101e6 }, figure: 1.01 },
    spread: { race: { nodeSeconds: [1, 2, 3] }, figure: 1.5 },
    connections: { race: { connections: 17 }, figure: 17 },
    peakMegabytes: { race: { peakRssBytes: 120e6 }, figure: 120 },
  } as const;
  for (const [name, { race, figure }] of Object.entries(own)) {
    it(`know ${name}`, () => {
      const judge = judges[name as keyof typeof own](1);
      assert.deepEqual(samplesOf(judge([aRace(race)])), [figure]);
    });
  }

  it("compare ours over TLS with ours in the plain", () => {
    const { races } = aContest({ ours: [8], "ours-tls": [10] });
    assert.deepEqual(samplesOf(judges.encryptionOver(1.03)(races)), [1.25]);
  });

  it("hold a capped seed to its cap from both sides", () => {
    const races = [aRace({ system: "ours-capped", bestSent: 5.5e6 })];
    const [above, below] = [
      judges.notAboveCap(5e6, 1.05)(races),
      judges.notBelowCap(5e6, 0.95)(races),
    ];
    assert.deepEqual([samplesOf(above), samplesOf(below)], [[1.1], [1.1]]);
    assert.deepEqual([above?.gate, below?.gate], [{ atMost: 1.05 }, { atLeast: 0.95 }]);
  });

  it("compare the mean processor time of the nodes", () => {
    const races = [
      aRace({ nodeCpuSeconds: [1, 3] }),
      aRace({ system: "theirs", nodeCpuSeconds: [4, 4] }),
    ];
    assert.deepEqual(samplesOf(judges.cpuOver("theirs", 1)(races)), [0.5]);
  });
});
