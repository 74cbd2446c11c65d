import { run } from "../support/processes.ts";
import { controlPlaneProgram } from "./programs.ts";

export type Verdict = {
  readonly status: "InProgress" | "Failed" | "Current" | "Terminating" | "NotFound" | "Unknown";
  readonly message: string;
};

/** What kstatus, the library that deployment tools wait with, makes of an object. */
export async function kstatus(object: unknown): Promise<Verdict> {
  const { stdout } = await run(controlPlaneProgram("kstatus"), [], {
    input: JSON.stringify(object),
  });
  return JSON.parse(stdout) as Verdict;
}
