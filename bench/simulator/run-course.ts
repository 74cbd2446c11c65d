import { finishSwarm, MB, simulatedSwarm } from "../../src/bt/testing/index.ts";
import { quantile } from "../quantile.ts";
import type { Figure, Gate } from "../scenario.ts";
import type { Unit } from "../units.ts";
import type { Course } from "./courses.ts";

const BYTES_A_MEGABIT = 1_000_000 / 8;

type Outcome = {
  readonly time: number;
  readonly spread: number;
  readonly copies: number;
  readonly fromRegistry: number;
  readonly crossed: number;
  readonly computedSeconds: number;
};

/** One swarm of the shipped core, in virtual time; the same seed gives the same outcome on any machine. */
function outcomeOf(course: Course, seed: number): Outcome {
  const begun = process.cpuUsage();
  const zoneOf = (index: number) => `zone ${Math.max(0, index) % course.zones}`;
  const swarm = simulatedSwarm({
    leechers: course.leechers,
    bps: course.megabits * BYTES_A_MEGABIT,
    layers: course.layers.map((size) => size * MB),
    origin: course.origin,
    network: { seed },
    ...(course.zones > 1 && { node: (index: number) => ({ zone: zoneOf(index) }) }),
  });
  const { ratio, finishedMs, copies, egress } = finishSwarm(swarm);
  const crossedBytes = swarm.leechers.map((node) => node.core.stats().crossZoneBytes);
  const { user, system } = process.cpuUsage(begun);
  return {
    time: ratio,
    spread: quantile(finishedMs, 0.99) / quantile(finishedMs, 0.5),
    copies,
    fromRegistry: egress,
    crossed: crossedBytes.reduce((sum, bytes) => sum + bytes, 0) / swarm.bytes / course.leechers,
    computedSeconds: (user + system) / 1e6,
  };
}

/** A sample for each seed. */
export function figuresOf(course: Course, seeds: readonly number[]): Figure[] {
  const outcomes = seeds.map((seed) => outcomeOf(course, seed));
  const { atMost } = course;
  const figure = (key: keyof Outcome, name: string, unit: Unit, most?: number): Figure => {
    const gate: { gate?: Gate } = most === undefined ? {} : { gate: { atMost: most } };
    return { name, unit, samples: outcomes.map((outcome) => outcome[key]), ...gate };
  };
  return [
    figure("time", "last node, to the bound", "ratio", atMost?.time),
    figure("spread", "99 % of the nodes, to half of them", "ratio"),
    figure("copies", "the origin sent, to the image", "ratio", atMost?.copies),
    ...(course.origin === "fetching"
      ? [figure("fromRegistry", "the registry sent, to the image", "ratio", 1.02)]
      : []),
    ...(course.zones > 1
      ? [figure("crossed", "came from another zone", "share", atMost?.crossed)]
      : []),
    figure("computedSeconds", "computed in", "s"),
  ];
}
