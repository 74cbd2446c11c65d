import { readFile, stat } from "node:fs/promises";

/** The name of the group that may use a socket, or undefined where nobody can tell. */
export async function socketGroup(path: string): Promise<string | undefined> {
  try {
    const { gid } = await stat(path);
    return groupName(await readFile("/etc/group", "utf8"), gid) ?? String(gid);
  } catch {
    return undefined;
  }
}

/** From the lines `name:password:gid:members` of /etc/group. */
export function groupName(groups: string, gid: number): string | undefined {
  for (const line of groups.split("\n")) {
    const [name, , id] = line.split(":");
    if (name !== undefined && name !== "" && id === String(gid)) return name;
  }
  return undefined;
}
