import { daemonDirectories } from "../runtime/index.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where to look for the daemon, and whether somebody said so or it is only where daemons usually are. */
export type AddressChoice = { readonly text: string; readonly chosenBy: "user" | "default" };

/** `--address`, else OCI_TORRENT_ADDRESS, else the socket of the daemon that this user would start. */
export function chooseAddress(
  flag: string | undefined,
  env: Environment,
  uid: number,
): AddressChoice {
  const named = flag ?? env["OCI_TORRENT_ADDRESS"];
  if (named !== undefined && (flag !== undefined || named !== "")) {
    return { text: named, chosenBy: "user" };
  }
  return { text: `unix://${daemonDirectories({ uid, env }).socket}`, chosenBy: "default" };
}
