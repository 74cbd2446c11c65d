import assert from "node:assert/strict";
import { it } from "node:test";
import { requestsOf } from "./audit-log.ts";

const line = (username: string, verb: string, stage = "ResponseComplete") =>
  `${JSON.stringify({ kind: "Event", verb, stage, user: { username } })}\n`;

it("the audit log tells how often somebody asked, and how many watches they began", () => {
  const log = [
    line("agent", "get"),
    line("agent", "patch"),
    line("agent", "watch", "ResponseStarted"),
    line("agent", "watch"),
    line("somebody else", "get"),
  ].join("");
  assert.deepEqual(requestsOf(log, "agent"), { requests: 2, watches: 1 });
  assert.deepEqual(requestsOf(log, "nobody"), { requests: 0, watches: 0 });
});
