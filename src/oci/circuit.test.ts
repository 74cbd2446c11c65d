import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCircuit, createCircuits } from "./circuit.ts";
import { defaultRegistryLimits as limits } from "./registry-limits.ts";
import { createFakeClock } from "./testing/fake-clock.ts";

function aCircuit(failures = 0) {
  const clock = createFakeClock();
  const circuit = createCircuit(clock, limits);
  for (let n = 0; n < failures; n += 1) circuit.failed();
  return { clock, circuit };
}

describe("a circuit", () => {
  it("opens with the tenth failure in a row, for 30 s", () => {
    const { clock, circuit } = aCircuit(9);
    assert.equal(circuit.openForMs(), 0);
    circuit.failed();
    assert.equal(circuit.openForMs(), 30_000);
    clock.advance(29_999);
    assert.equal(circuit.openForMs(), 1);
    clock.advance(1);
    assert.equal(circuit.openForMs(), 0);
  });

  it("opens again with one failure after the pause", () => {
    const { clock, circuit } = aCircuit(10);
    clock.advance(30_000);
    circuit.failed();
    assert.equal(circuit.openForMs(), 30_000);
  });

  it("forgets failures at a success", () => {
    const { circuit } = aCircuit(9);
    circuit.succeeded();
    for (let n = 0; n < 9; n += 1) circuit.failed();
    assert.equal(circuit.openForMs(), 0);
  });

  it("is one for each origin", () => {
    const circuits = createCircuits(createFakeClock(), limits);
    for (let n = 0; n < 10; n += 1) circuits("https://a").failed();
    assert.deepEqual(
      [circuits("https://a").openForMs(), circuits("https://b").openForMs()],
      [30_000, 0],
    );
  });
});
