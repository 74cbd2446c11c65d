import { CONTROL_PLANE, type ProgramOf } from "../../tools/go-programs.ts";
import { goProgram, lackingGo } from "../support/go-programs.ts";
import { lacking, type Program } from "../support/programs.ts";

/** A program of the control plane, as `npm test` has built it before any test. */
export const controlPlaneProgram = (name: ProgramOf<typeof CONTROL_PLANE>): Program =>
  goProgram(name);

/** For a test's `skip`: why no cluster can be had here, or false. */
export const lackingCluster = (...needs: readonly string[]): string | false =>
  lackingGo(CONTROL_PLANE) || lacking("openssl", "setpriv", ...needs);
