// Systems on one course, in several runs: which took part, how they are run, and every race.
import type { CourseRace } from "./course-race.ts";

export type Contestant = {
  readonly name: string;
  readonly version: string;
  readonly settings: string;
  /** The part of a link that it fills alone, from the seed to one leecher, headers counted. */
  readonly aloneShare: number;
};

export type Contest = {
  /** Of the orders of the runs. */
  readonly seed: number;
  /** The part of its rate that a single flow reached, by run. */
  readonly calibration: readonly number[];
  readonly contestants: readonly Contestant[];
  readonly races: readonly CourseRace[];
};

/** Slower than this alone, it is held up by something other than the swarm, and no fair rival. */
export const LEAST_ALONE = 0.9;

/** With less of the processors idle, it is the machine that is measured. */
export const LEAST_IDLE = 0.15;

/** Our daemons, whatever their flags. */
export const isOurs = (system: string): boolean => /^ours(-|$)/.test(system);

export const counts = ({ name, aloneShare }: Contestant): boolean =>
  isOurs(name) || aloneShare >= LEAST_ALONE;

/** Races that figures may be taken from. */
export function validRaces({ contestants, races }: Contest): CourseRace[] {
  const names = contestants.filter(counts).map(({ name }) => name);
  return races.filter(({ system, isVoid }) => !isVoid && names.includes(system));
}

/** Systems of which nothing is known, because no race of theirs was valid. */
export function voidSystems({ contestants, races }: Contest): string[] {
  const measured = new Set(races.filter(({ isVoid }) => !isVoid).map(({ system }) => system));
  return contestants.map(({ name }) => name).filter((name) => !measured.has(name));
}

/** Whether there is anything to see side by side. */
export const hasRivals = ({ contestants }: Contest): boolean => contestants.length > 1;
