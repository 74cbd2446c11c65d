import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BINARIES, type Bundles } from "../build.ts";
import { TOP } from "../top.ts";
import { file, type RootEntry } from "./root-entry.ts";

export const PROGRAM_DIRECTORY = "opt/oci-torrent";

/** As the launchers of bin/ have it. */
const youngMiB = (name: string): number => (name === "oci-torrent-controller" ? 8 : 1);

/** For people who run a command in a container: there is no shell to read the launchers of bin/. */
const launcher = (name: string): RootEntry =>
  file(
    `usr/bin/${name}`,
    `#!/usr/bin/node --max-semi-space-size=${youngMiB(name)}\nimport("/${PROGRAM_DIRECTORY}/${name}.mjs");\n`,
    0o755,
  );

/** Our own programs. */
export const programFiles = ({ files }: Bundles): RootEntry[] => [
  ...files.map(({ name, contents }) => file(`${PROGRAM_DIRECTORY}/${name}`, contents)),
  ...BINARIES.map(({ name }) => launcher(name)),
  file("usr/share/doc/oci-torrent/LICENSE", readFileSync(join(TOP, "LICENSE"))),
];
