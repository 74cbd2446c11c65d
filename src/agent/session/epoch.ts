import { readFileIfExists, writeFileAtomic } from "../../runtime/index.ts";

/** Counts the starts of the agent on this node in a file: 1, 2, 3. One that cannot be read is begun anew. */
export async function nextEpoch(file: string): Promise<number> {
  const text = (await readFileIfExists(file))?.toString() ?? "0";
  const last = /^\d{1,15}\n?$/.test(text) ? Number(text) : 0;
  await writeFileAtomic(file, `${last + 1}\n`);
  return last + 1;
}
