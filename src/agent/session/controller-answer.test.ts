import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { answerOf } from "./controller-answer.ts";

const anError = (code: status, trailer?: string): ServiceError => {
  const metadata = new Metadata();
  if (trailer !== undefined) metadata.set("oci-torrent-leader", trailer);
  return Object.assign(new Error("no"), { code, details: "no", metadata });
};

describe("what a controller answers", () => {
  const leaders: Record<string, string | undefined> = {
    "10.0.0.1:7443": "10.0.0.1:7443",
    "[fd00::1]:7443": "[fd00::1]:7443",
    "evil.example:443": undefined,
    "unix:/run/x.sock": undefined,
    "dns:///10.0.0.1:1": undefined,
    "": undefined,
  };
  for (const [trailer, leader] of Object.entries(leaders)) {
    it(`sends elsewhere, ${leader === undefined ? "nowhere known" : "there"}, with ${trailer || "nothing"}`, () => {
      const answer = answerOf(anError(status.FAILED_PRECONDITION, trailer));
      assert.deepEqual(
        answer,
        leader === undefined ? { kind: "elsewhere" } : { kind: "elsewhere", leader },
      );
    });
  }

  it("refuses for good only with what is about the agent itself", () => {
    const about = [status.UNAUTHENTICATED, status.PERMISSION_DENIED, status.INVALID_ARGUMENT];
    const others = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL];
    const kinds = (codes: readonly status[]) => codes.map((code) => answerOf(anError(code)).kind);
    assert.deepEqual(kinds(about), Array(3).fill("refused"));
    assert.deepEqual(kinds(others), Array(3).fill("away"));
    assert.equal(answerOf(new Error("no such file")).kind, "away");
    assert.equal(answerOf("text").kind, "away");
  });
});
