// As much of the Prometheus text format as the bench has to read (prometheus.io/docs/instrumenting/exposition_formats).

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Samples of this name, in the order in which they stand. */
export function samplesOf(text: string, name: string): readonly Sample[] {
  return text.split("\n").flatMap((line): Sample[] => {
    if (!line.startsWith(name)) return [];
    const [, found, labels = "", value = ""] = LINE.exec(line) ?? [];
    if (found !== name) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key = "", text = ""]) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** What changes objects, as apiserver_request_total names it. */
const WRITES = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"]);

/** Requests so far that were to change objects of the API group, whatever became of them. */
export const writesTo = (group: string, apiServerMetrics: string): number =>
  samplesOf(apiServerMetrics, "apiserver_request_total")
    .filter(({ labels }) => labels["group"] === group && WRITES.has(labels["verb"] ?? ""))
    .reduce((sum, { value }) => sum + value, 0);

/**
 * The quantile of a histogram without other labels, between two readings of it: by linear interpolation within a bucket, as
 * Prometheus does it. NaN where nothing was observed; the highest bound where it lies above that.
 */
export function histogramQuantile(
  name: string,
  part: number,
  before: string,
  after: string,
): number {
  const counts = (text: string) =>
    new Map(
      samplesOf(text, `${name}_bucket`).map(({ labels, value }) => [
        Number(labels["le"]?.replace("+Inf", "Infinity")),
        value,
      ]),
    );
  const earlier = counts(before);
  const buckets = [...counts(after)]
    .map(([bound, count]) => ({ bound, count: count - (earlier.get(bound) ?? 0) }))
    .sort((a, b) => a.bound - b.bound);
  const rank = part * (buckets.at(-1)?.count ?? Number.NaN);
  const index = buckets.findIndex(({ count }) => count >= rank && count > 0);
  const bucket = buckets[index];
  if (bucket === undefined) return Number.NaN;
  const lower = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (!Number.isFinite(bucket.bound)) return lower.bound;
  const share = (rank - lower.count) / (bucket.count - lower.count);
  return lower.bound + (bucket.bound - lower.bound) * share;
}
