import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/** Kills this process, as a power cut would, before or after the first rename that is the one. */
export function crashAtRename(
  when: "before" | "after",
  isTheOne: (from: string, to: string) => boolean,
): void {
  const { rename } = fs;
  fs.rename = async (from, to) => {
    const hit = isTheOne(String(from), String(to));
    if (hit && when === "before") await die();
    await rename(from, to);
    if (hit) await die();
  };
  syncBuiltinESMExports();
}

async function die(): Promise<void> {
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => {}); // the signal ends this wait
}
