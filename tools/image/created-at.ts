import { spawnSync } from "node:child_process";
import { TOP } from "../top.ts";

/**
 * When the image counts as made, so that the same sources always make the same image: SOURCE_DATE_EPOCH
 * (reproducible-builds.org/specs/source-date-epoch, whole seconds), else the time of the last commit, else 1970.
 */
export function createdAt(environment: NodeJS.ProcessEnv): Date {
  const given = environment["SOURCE_DATE_EPOCH"];
  if (given === undefined) return new Date(Number(lastCommit()) * 1000);
  if (!/^\d{1,11}$/.test(given)) {
    throw new Error(`SOURCE_DATE_EPOCH is "${given}": give it whole seconds since 1970`);
  }
  return new Date(Number(given) * 1000);
}

function lastCommit(): string {
  const { stdout } = spawnSync("git", ["log", "-1", "--format=%ct"], {
    cwd: TOP,
    encoding: "utf8",
  });
  return stdout || "0";
}
