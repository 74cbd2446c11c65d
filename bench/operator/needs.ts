import { buildPrograms } from "../../tools/go-modules.ts";
import { CONTROL_PLANE } from "../../tools/go-programs.ts";

/** Programs that a cluster needs, as `lacking` takes them; those built with Go come by themselves. */
export const OPERATOR_NEEDS = ["openssl", "setpriv"];

/** Builds the control plane unless that has been done. @throws Error that says what is missing */
export function prepareOperator(): void {
  const programs = buildPrograms(CONTROL_PLANE);
  if (programs.state === "impossible") throw new Error(programs.why);
}
