import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { formatLogLine, type LogLevel, MAX_LINE_BYTES } from "./log-line.ts";
import { createLogger } from "./logger.ts";
import { createFakeClock } from "./testing/fake-clock.ts";

const CANARY = "c4n4ry-S3cr3t";

function record(level: LogLevel = "debug") {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const clock = createFakeClock();
  const log = createLogger({ level, stream, clock });
  const text = () => chunks.join("");
  const lines = () =>
    text()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, clock, stream, text, lines };
}

describe("a log", () => {
  it("writes a line of JSON with time, level, sentence and fields", () => {
    const { log, lines } = record();
    log.info("image distributed", { nodes: 12, at: new Date(0), bytes: 5n, nothing: undefined });
    const [line] = lines();
    assert.match(String(line?.["timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(line, {
      timestamp: line?.["timestamp"],
      level: "info",
      message: "image distributed",
      nodes: 12,
      at: "1970-01-01T00:00:00.000Z",
      bytes: "5",
    });
  });

  it("gives the fields of its parents to a child, whose own win", () => {
    const { log, lines } = record();
    log.child({ image: "busybox", layer: "a" }).child({ layer: "b" }).warn("slow", { rate: 1 });
    const [line] = lines();
    assert.deepEqual(
      { image: line?.["image"], layer: line?.["layer"], rate: line?.["rate"] },
      { image: "busybox", layer: "b", rate: 1 },
    );
  });

  for (const [level, expected] of [
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
  ] as const) {
    it(`at level ${level} writes ${expected.join(", ")}`, () => {
      const { log, lines } = record(level);
      for (const each of ["debug", "info", "warn", "error"] as const) log[each]("sentence");
      assert.deepEqual(
        lines().map((line) => line["level"]),
        expected,
      );
    });
  }

  it("does not let fields take the place of time, level and sentence", () => {
    const { log, lines } = record();
    log.info("true", { level: "error", message: "false", timestamp: "never" });
    const [line] = lines();
    assert.equal(line?.["level"], "info");
    assert.equal(line?.["message"], "true");
    assert.equal(line?.["message_"], "false");
  });

  it("tells an error with its code and causes", () => {
    const { log, lines } = record();
    const cause = Object.assign(new Error("connect failed"), { code: "ECONNREFUSED" });
    log.error("stopped", { error: new TypeError("no registry", { cause }) });
    assert.deepEqual(lines()[0]?.["error"], {
      name: "TypeError",
      message: "no registry",
      cause: { name: "Error", code: "ECONNREFUSED", message: "connect failed" },
    });
  });

  const odd: Record<string, unknown> = {
    "a cycle": (() => {
      const cycle: Record<string, unknown> = {};
      cycle["self"] = cycle;
      return cycle;
    })(),
    "a function": () => 1,
    "a symbol": Symbol("s"),
    bytes: Buffer.alloc(1_000_000),
    "a bad date": new Date(Number.NaN),
    "a long list": Array.from({ length: 100_000 }, () => "x".repeat(100)),
    "line feeds": "a\nb\r\nc",
    "an error that is its own cause": (() => {
      const error = new Error("loop");
      error.cause = error;
      return error;
    })(),
  };
  for (const [what, value] of Object.entries(odd)) {
    it(`writes one line of at most 8 KiB for ${what}`, () => {
      const { log, text } = record();
      log.info("odd", { value });
      assert.equal(text().match(/\n/g)?.length, 1);
      assert.ok(Buffer.byteLength(text()) <= MAX_LINE_BYTES + 1);
      JSON.parse(text());
    });
  }

  it("survives a reader that went away", () => {
    const { log, stream } = record();
    stream.destroy(new Error("EPIPE"));
    log.info("nobody reads this");
  });

  it("holds back a warning that repeats itself, and says how often", async () => {
    const { log, clock, lines } = record();
    for (let knock = 0; knock < 500; knock += 1) log.warn("not HTTP/2");
    log.warn("something else");
    assert.equal(lines().length, 21);
    await clock.advance(10_000);
    log.warn("not HTTP/2");
    assert.equal(lines().at(-1)?.["heldBack"], 480);
  });

  it("holds back no information", () => {
    const { log, lines } = record();
    for (let layer = 0; layer < 100; layer += 1) log.info("layer complete", { layer });
    assert.equal(lines().length, 100);
  });
});

describe("formatLogLine", () => {
  const lineWith = (padding: number) =>
    formatLogLine({
      at: new Date(0),
      level: "info",
      message: "m",
      fields: { first: 1, padding: ".".repeat(padding), last: 2 },
    });
  const overhead = Buffer.byteLength(lineWith(0));

  for (const [what, size] of [
    ["a byte less than the limit", MAX_LINE_BYTES - 1],
    ["the limit", MAX_LINE_BYTES],
  ] as const) {
    it(`keeps a line of ${what}`, () => {
      assert.equal(Buffer.byteLength(lineWith(size - overhead)), size);
    });
  }

  it("leaves out the field that does not fit, says so, and keeps the others", () => {
    assert.deepEqual(JSON.parse(lineWith(MAX_LINE_BYTES + 1 - overhead)), {
      timestamp: "1970-01-01T00:00:00.000Z",
      level: "info",
      message: "m",
      first: 1,
      last: 2,
      fieldsLeftOut: 1,
    });
  });
});

describe("secrets in a log", () => {
  class RegistryError extends Error {
    readonly password = CANARY;
  }
  const shapes: Record<string, (log: ReturnType<typeof record>["log"]) => void> = {
    "the sentence": (log) => log.info(`pulled with password=${CANARY}`),
    "a field by its name": (log) => log.info("m", { identitytoken: CANARY }),
    "a nested field": (log) => log.info("m", { request: { headers: { Authorization: CANARY } } }),
    "a list below such a name": (log) => log.info("m", { "set-cookie": [`sid=${CANARY}`] }),
    "raw headers": (log) => log.info("m", { raw: ["Host", "x", "Set-Cookie", `sid=${CANARY}`] }),
    "a URL object": (log) => log.info("m", { url: new URL(`https://u:${CANARY}@r.example/`) }),
    "an error's message": (log) => log.error("m", { error: new Error(`Bearer ${CANARY}`) }),
    "an error's own field": (log) => log.error("m", { error: new RegistryError("refused") }),
    "an error's cause": (log) =>
      log.error("m", { error: new Error("x", { cause: `https://u:${CANARY}@r.example` }) }),
    "one of many errors": (log) =>
      log.error("m", { error: new AggregateError([new Error(`token=${CANARY}`)], "all failed") }),
    "a field's name": (log) => log.info("m", { [`password=${CANARY}`]: 1 }),
    "a child's field": (log) => log.child({ auth: CANARY }).debug("m"),
    "a number": (log) => log.info("m", { password: 31337001 }),
  };
  for (const [where, write] of Object.entries(shapes)) {
    it(`does not show what is planted in ${where}`, () => {
      const { log, text } = record();
      write(log);
      assert.notEqual(text(), "");
      assert.ok(!text().includes(CANARY) && !text().includes("31337001"), text());
    });
  }

  it("would show them without redaction, so that the tests above can fail", () => {
    const { log, text } = record();
    log.info(`plain ${CANARY}`, { note: CANARY });
    assert.equal(text().split(CANARY).length, 3);
  });
});
