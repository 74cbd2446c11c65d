import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ApiCall } from "./kube/metered-access.ts";

/** The controller's counters; labels come from small fixed sets, never from names, digests or nodes. */
export function registerMetrics(register: Registry) {
  const requests = new Counter({
    name: "oci_torrent_controller_api_requests_total",
    help: "Requests to the API server, by what was answered; the code is 0 where nothing was.",
    labelNames: ["verb", "resource", "code"],
    registers: [register],
  });
  const durations = new Histogram({
    name: "oci_torrent_controller_reconcile_seconds",
    help: "How long it took to look at one distribution, writing included.",
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [register],
  });
  return {
    called: ({ verb, resource, code }: ApiCall) => requests.inc({ verb, resource, code }),
    reconciled: (ms: number) => durations.observe(ms / 1_000),
  };
}

/** What is read when somebody asks. */
export type Figures = {
  readonly isLeader: boolean;
  /** Distributions that wait to be looked at. */
  readonly waiting: number;
  /** Agents with an open session. */
  readonly sessions: number;
  /** Layers that are fetched from registries. */
  readonly leases: number;
  readonly trackedSwarms: number;
  readonly trackedPeers: number;
};

export function registerFigures(register: Registry, read: () => Figures): void {
  const gauge = (name: string, help: string, value: (figures: Figures) => number) =>
    new Gauge({
      name: `oci_torrent_controller_${name}`,
      help,
      registers: [register],
      collect() {
        this.set(value(read()));
      },
    });
  gauge("is_leader", "Whether this replica leads.", ({ isLeader }) => (isLeader ? 1 : 0));
  gauge("queue_depth", "Distributions that wait to be looked at.", ({ waiting }) => waiting);
  gauge("sessions", "Agents with an open session.", ({ sessions }) => sessions);
  gauge("leases", "Layers that are fetched from registries.", ({ leases }) => leases);
  gauge("tracker_swarms", "Layers whose peers the tracker knows.", (all) => all.trackedSwarms);
  gauge("tracker_peers", "Peers that the tracker knows.", (all) => all.trackedPeers);
}
