import { isWildcard } from "../../settings/index.ts";
import type { Role } from "./daemon-config.ts";
import type { SettingValues } from "./settings.ts";

/** What the daemon is, for values that keep the rules. */
export function roleFrom(values: SettingValues): Role {
  const { trackers, trackerListen, fetchOnRequest } = values;
  if (values.disableBt) return { kind: "puller" };
  if (!values.btSeeder) {
    const fallback =
      values.fallback === "registry" ? { fallbackAfterMs: values.fallbackAfterMs } : {};
    return { kind: "leecher", seeders: values.seederAddresses, trackers, ...fallback };
  }
  const host = advertisedHost(values);
  return { kind: "seeder", trackers, trackerListen, advertisedHost: host, fetchOnRequest };
}

const LOOPBACK = "127.0.0.1";

/**
 * The host under which leechers reach a tracker of our own: the one it listens on where that is one, else that of the
 * API, which they reach too. Where no address says how other machines reach this one, only this machine can.
 */
function advertisedHost({
  trackerListen,
  listen,
  bindAddress,
}: Pick<SettingValues, "trackerListen" | "listen" | "bindAddress">): string {
  const apiHosts = listen.flatMap((address) => (address.kind === "tcp" ? [address.host] : []));
  const named = [trackerListen.host, ...apiHosts].find((host) => !isWildcard(host));
  return named ?? bindAddress ?? LOOPBACK;
}
