import { stat } from "node:fs/promises";
import { join } from "node:path";
import { BINARIES, build, DIST } from "../tools/build.ts";
import { filesMatching } from "../tools/sources.ts";

/** Makes the binaries where one is missing or older than a source; tells whether it had to. */
export async function buildIfOlder(): Promise<boolean> {
  const binaries = BINARIES.map(({ name }) => join(DIST, `${name}.mjs`));
  const sources = filesMatching("package-lock.json", "src/**/*.{ts,json}", "tools/build*.ts");
  const [built, changed] = await Promise.all([times(binaries), times(sources)]);
  if (Math.min(...built) > Math.max(...changed)) return false;
  await build();
  return true;
}

const times = (paths: readonly string[]): Promise<number[]> =>
  Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0));
