import { existsSync } from "node:fs";
import type { AddressChoice } from "../address.ts";
import type { CommandDeps, CtrDeps } from "../deps.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { writeLines } from "../output.ts";
import { printable } from "../printable.ts";

/** Nobody named a daemon, and none is where it usually is: then this program's version is the whole answer. */
export const nobodyToAsk = ({ text, chosenBy }: AddressChoice): boolean =>
  chosenBy === "default" && !existsSync(text.replace("unix://", ""));

export function version({ stdout, version }: CtrDeps): ExitCode {
  writeLines(stdout, [`oci-torrent-ctr ${version}`]);
  return EXIT.ok;
}

/** This program's version, and the daemon's. */
export async function versions(deps: CommandDeps): Promise<ExitCode> {
  version(deps);
  const { daemon } = deps;
  const answer = await daemon.ask(daemon.methods.GetVersion, {});
  writeLines(deps.stdout, [
    printable(
      `oci-torrentd ${answer.version} (${answer.role}, engine ${answer.engine}, Node ${answer.nodeVersion}) at ${daemon.name}`,
    ),
  ]);
  return EXIT.ok;
}
