import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { AgentError } from "./errors.ts";

/**
 * Makes a root directory that the user `owner` alone can use. What is in it stays as it is: a daemon of that user has made it.
 * @throws AgentError IN_USE when it is another user's, who may be using it
 */
export async function initData(rootDir: string, owner: number): Promise<void> {
  await mkdir(rootDir, { recursive: true, mode: 0o700 });
  const { uid } = await stat(rootDir);
  if (uid === owner) return;
  if (uid !== process.getuid?.()) {
    throw new AgentError(
      "IN_USE",
      `could not give ${rootDir} to user ${owner}: it is user ${uid}'s: move it away or choose another --root-dir`,
    );
  }
  // In this order: who has given it away may not change it any more.
  await chmod(rootDir, 0o700);
  await chown(rootDir, owner, owner);
}
