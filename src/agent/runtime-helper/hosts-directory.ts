import { mkdir, readdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";

export type HostsOutcome = "NotNeeded" | "Written" | "Present" | "ReadOnly";

/**
 * Where an administrator's `_default` says whom to ask instead of every registry, it is asked instead of our mirror, too: unless the mirror has
 * a directory of its own, which may be empty (containerd's registry host namespaces).
 */
export type HostsDirectory = {
  /** @param address HOST:PORT of the mirror. */
  write(address: string): Promise<{ readonly outcome: HostsOutcome; readonly directory: string }>;
  /** Takes away what this process has made, as far as it is still empty. */
  clear(): Promise<void>;
};

const READ_ONLY: ReadonlySet<string | undefined> = new Set(["EROFS", "EACCES", "EPERM"]);

export function createHostsDirectory(root: string): HostsDirectory {
  const made = new Set<string>();
  return {
    async write(address) {
      if (!(await isDirectory(join(root, "_default")))) {
        return { outcome: "NotNeeded", directory: "" };
      }
      const directory = join(root, directoryName(address));
      try {
        await mkdir(directory, { mode: 0o755 });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EEXIST") return { outcome: "Present", directory };
        if (READ_ONLY.has(code)) return { outcome: "ReadOnly", directory };
        throw error;
      }
      made.add(directory);
      return { outcome: "Written", directory };
    },
    async clear() {
      for (const directory of made) await removeEmpty(directory);
      made.clear();
    },
  };
}

/** Of any port of loopback; for when those who made them are gone. */
export async function clearHostsDirectories(root: string): Promise<readonly string[]> {
  const entries = await readdir(root).catch(() => []);
  const ours = entries.filter((name) => /^(?:127(?:\.\d{1,3}){3}|\[::1\])_\d{1,5}_$/.test(name));
  const removed: string[] = [];
  for (const name of ours) {
    if (await removeEmpty(join(root, name))) removed.push(join(root, name));
  }
  return removed;
}

/** As containerd looks for it: 127.0.0.1_6885_ */
const directoryName = (address: string): string => address.replace(/:(\d+)$/, "_$1_");

async function removeEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch {
    // An administrator has put something into it: it is theirs now.
    return false;
  }
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
