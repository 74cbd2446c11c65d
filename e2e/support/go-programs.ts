import { findPrograms, type GoModule, type GoPrograms } from "../../tools/go-modules.ts";
import { type GoProgram, moduleOf } from "../../tools/go-programs.ts";
import type { Program } from "./programs.ts";

const found = new Map<string, GoPrograms>();

/** Looked for once: asking which Go there is takes a process. What is not built may be a moment later. */
function programsOf(module: GoModule): GoPrograms {
  const known = found.get(module.name);
  if (known !== undefined && known.state !== "not-built") return known;
  const programs = findPrograms(module);
  found.set(module.name, programs);
  return programs;
}

/** A program that is built from a Go module, as `npm test` has done before any test. */
export function goProgram(name: GoProgram): Program {
  const programs = programsOf(moduleOf(name));
  switch (programs.state) {
    case "built":
      return programs.path(name) as Program;
    case "not-built":
      throw new Error(`${name} is not built: run \`node tools/run.mjs tools/go-programs.ts\``);
    case "impossible":
      throw new Error(programs.why);
  }
}

/** Why the module's programs cannot be had on this machine, or false. */
export function lackingGo(module: GoModule): string | false {
  const programs = programsOf(module);
  return programs.state === "impossible" && programs.why;
}
