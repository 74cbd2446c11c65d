import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createLeanSwarm, createWebTorrentSwarm, type Swarm } from "../bt/index.ts";
import type { Log } from "../runtime/index.ts";
import type { DaemonConfig } from "./config/daemon-config.ts";
import { serverTlsFrom } from "./config/files.ts";

/** The engine that moves layers; none while BitTorrent is off. */
export async function openSwarm(config: DaemonConfig, log: Log): Promise<Swarm | undefined> {
  if (config.role.kind === "puller") return undefined;
  const btLog = log.child({ component: "swarm" });
  const host = config.bindAddress ?? "0.0.0.0";
  const open = { host, port: config.btPort };
  const tell = ({ event, ...fields }: { event: string }) => {
    if (event === "fallback begun") btLog.info("no peer brings the layer, fetching it", fields);
    else if (event === "fallback failed")
      btLog.warn("layer not fetched, no peer brings it", fields);
    else btLog.debug(event, fields);
  };
  const fallbackAfterMs = config.role.kind === "leecher" ? config.role.fallbackAfterMs : undefined;
  if (config.engine === "webtorrent") {
    return await createWebTorrentSwarm({ listen: open, rates: config.rates, log: tell });
  }
  const tls = await serverTlsFrom(config.tls);
  return await createLeanSwarm({
    listen: config.peerListen ?? open,
    foreignListen: open,
    rates: config.rates,
    // Daemons with another certificate authority are another fleet.
    fleetId: tls === undefined ? "open" : createHash("sha256").update(tls.clientCa).digest("hex"),
    node: `${hostname()}-${randomBytes(4).toString("hex")}`,
    zone: config.zone ?? "",
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key, ca: tls.clientCa } }),
    ...(fallbackAfterMs === undefined ? {} : { fallbackAfterMs }),
    log: tell,
  });
}
