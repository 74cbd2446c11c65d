import { quantile } from "../quantile.ts";
import type { Race } from "./race.ts";

/** A race with its place in the comparison. */
export type CourseRace = Race & {
  readonly run: number;
  readonly system: string;
  /** Of each link. */
  readonly megabits: number;
  /** Whether the machine had too little to spare each time that it was tried; then it proves nothing. */
  readonly isVoid: boolean;
};

/** Seconds that the image takes over one link, headers not counted: nothing can be faster. */
export const boundSeconds = ({ imageBytes, megabits }: CourseRace): number =>
  (imageBytes * 8) / (megabits * 1e6);

/** Seconds until the last node has everything. */
export const makespan = ({ nodeSeconds }: CourseRace): number => quantile(nodeSeconds, 1);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Undefined where no process was there to ask. */
export const nodeCpu = ({ nodeCpuSeconds }: CourseRace): number | undefined =>
  nodeCpuSeconds.length === 0 ? undefined : mean(nodeCpuSeconds);

/** Processor seconds of a node for each 10^9 bytes. */
export const nodeCpuPerGigabyte = (race: CourseRace): number | undefined => {
  const seconds = nodeCpu(race);
  return seconds && (seconds * 1e9) / race.imageBytes;
};
