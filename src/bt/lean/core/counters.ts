/** Sums that only grow, for metrics. */
export type Counters = {
  receivedBytes: number;
  crossZoneBytes: number;
  sentBytes: number;
  duplicate: number;
  badHash: number;
  late: number;
  ok: number;
  bad: number;
  dealt: number;
  redealt: number;
  repeated: number;
  rejectsSent: number;
  retractions: number;
};

export const createCounters = (): Counters => ({
  receivedBytes: 0,
  crossZoneBytes: 0,
  sentBytes: 0,
  duplicate: 0,
  badHash: 0,
  late: 0,
  ok: 0,
  bad: 0,
  dealt: 0,
  redealt: 0,
  repeated: 0,
  rejectsSent: 0,
  retractions: 0,
});
