import { resolve } from "node:path";
import { parseSource, quoted } from "../oci/index.ts";
import { CtrError } from "./errors.ts";

/**
 * `oci:DIR[:NAME]` or `oci-archive:FILE[:NAME]` with its path made absolute: the daemon opens it, from a working
 * directory of its own. `act` is "import" or "export".
 */
export function absoluteSource(text: string, act: "import" | "export", cwd: string): string {
  const source = parseSource(text);
  if (source.kind === "docker") {
    const way =
      act === "import"
        ? `an image of a registry is started: "oci-torrent-ctr start ${text}"`
        : "an image goes to oci:DIR[:NAME] or oci-archive:FILE[:NAME]";
    throw new CtrError("USAGE", `could not ${act} ${quoted(text)}: ${way}`);
  }
  const path = resolve(cwd, source.kind === "oci" ? source.directory : source.file);
  if (path.includes(":")) {
    throw new CtrError(
      "USAGE",
      `could not ${act} ${quoted(path)}: a path with a colon in it cannot be told from a name`,
    );
  }
  return `${source.kind}:${path}${source.tag === undefined ? "" : `:${source.tag}`}`;
}
