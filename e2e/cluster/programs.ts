import {
  type ControlPlaneProgram,
  type ControlPlanePrograms,
  findControlPlane,
} from "../../tools/control-plane.ts";
import { lacking, type Program } from "../support/programs.ts";

let found: ControlPlanePrograms | undefined;

/** Looked for once: asking which Go there is takes a process. What is not built may be a moment later. */
function controlPlane(): ControlPlanePrograms {
  if (found === undefined || found.state === "not-built") found = findControlPlane();
  return found;
}

/** A program of the control plane, as `npm test` has built it before any test. */
export function controlPlaneProgram(name: ControlPlaneProgram): Program {
  const programs = controlPlane();
  switch (programs.state) {
    case "built":
      return programs.path(name) as Program;
    case "not-built":
      throw new Error(`${name} is not built: run \`node tools/run.mjs tools/control-plane.ts\``);
    case "impossible":
      throw new Error(programs.why);
  }
}

/** For a test's `skip`: why no cluster can be had here, or false. */
export function lackingCluster(...needs: readonly string[]): string | false {
  const programs = controlPlane();
  if (programs.state === "impossible") return programs.why;
  return lacking("openssl", "setpriv", ...needs);
}
