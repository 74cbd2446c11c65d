import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { histogramQuantile, samplesOf, writesTo } from "./prometheus.ts";

const requests = `# HELP apiserver_request_total Counter of apiserver requests
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",group="example.io",resource="things",verb="APPLY"} 3
apiserver_request_total{code="409",group="example.io",resource="things",verb="PATCH"} 1
apiserver_request_total{code="200",group="example.io",resource="things",verb="LIST"} 7
apiserver_request_total{code="200",group="",resource="pods",verb="POST"} 1e+03
apiserver_request_total_of_something_else{group="example.io",verb="POST"} 9
`;

const histogram = (counts: readonly number[]) =>
  ["0.1", "0.3", "1", "+Inf"]
    .map((bound, index) => `took_seconds_bucket{le="${bound}"} ${counts[index]}`)
    .join("\n");

describe("metrics in Prometheus' text", () => {
  it("are found by their whole name, with labels and value", () => {
    assert.deepEqual(samplesOf('a{x="1",y="q\\"uote"} 2.5\nab 3\na 4\n', "a"), [
      { name: "a", labels: { x: "1", y: 'q\\"uote' }, value: 2.5 },
      { name: "a", labels: {}, value: 4 },
    ]);
  });

  it("tell how many writes there were to a group, refused ones too, and no reads", () => {
    assert.equal(writesTo("example.io", requests), 4);
    assert.equal(writesTo("other.io", requests), 0);
  });

  it("give a quantile of what was observed between two readings", () => {
    const [none, some] = [histogram([0, 0, 0, 0]), histogram([50, 90, 100, 100])];
    const quantile = (part: number, before = none, after = some) =>
      histogramQuantile("took_seconds", part, before, after);
    assert.equal(quantile(0.5), 0.1);
    assert.equal(quantile(0.25), 0.05);
    assert.ok(Math.abs(quantile(0.95) - 0.65) < 1e-9);
    assert.equal(quantile(0.99, some, histogram([50, 90, 100, 101])), 1);
    assert.ok(Number.isNaN(quantile(0.99, some, some)));
  });
});
