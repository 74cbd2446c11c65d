import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "../runtime/index.ts";

/** Writes our process id for whoever supervises us; the function that it gives takes the file away again. */
export async function writePidfile(file: string | undefined): Promise<() => Promise<void>> {
  if (file === undefined) return async () => {};
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, Buffer.from(`${process.pid}\n`));
  return () => rm(file, { force: true });
}
