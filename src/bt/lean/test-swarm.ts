// For tests: an engine on loopback, with a name of its own.
import { createLeanSwarm, type LeanSwarm, type LeanSwarmOptions } from "./engine.ts";

let nodes = 0;

export function aLeanSwarm(options: Partial<LeanSwarmOptions> = {}): Promise<LeanSwarm> {
  nodes += 1;
  return createLeanSwarm({
    listen: { host: "127.0.0.1", port: 0 },
    rates: { upload: 0, download: 0 },
    fleetId: "test",
    node: `node-${nodes}`,
    zone: "",
    ...options,
  });
}
