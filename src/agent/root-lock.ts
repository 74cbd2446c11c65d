import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { AgentError } from "./errors.ts";

/**
 * Makes sure that one daemon alone works on a root directory. The lock is a name in Linux's abstract socket namespace, so it
 * is gone with the process, however that ends; elsewhere there is no lock.
 * @throws AgentError IN_USE
 */
export async function lockRoot(rootDir: string): Promise<() => void> {
  await mkdir(rootDir, { recursive: true });
  if (process.platform !== "linux") return () => {};
  const name = createHash("sha256")
    .update(await realpath(rootDir))
    .digest("hex")
    .slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0oci-torrentd-${name}`);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new AgentError(
      "IN_USE",
      `could not use ${rootDir}: another oci-torrentd works on it: stop that one or choose another --root-dir`,
      { cause },
    );
  }
  server.unref();
  return () => server.close();
}
