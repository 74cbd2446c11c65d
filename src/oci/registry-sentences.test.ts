import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Failure } from "./attempt-failure.ts";
import { defaultRegistryLimits as limits } from "./registry-limits.ts";
import { registryError } from "./registry-sentences.ts";

const host = "r.example";
const subject = { name: "r.example/library/x:1", repository: "library/x" };

// Those that a server on loopback can be made to cause are in registry.test.ts.
describe("the sentence of a failure", () => {
  const table: [Failure, code: string, why: string][] = [
    [
      { kind: "network", host, reason: "unreachable" },
      "REGISTRY_UNAVAILABLE",
      "r.example cannot be reached: check the network",
    ],
    [
      { kind: "network", host, reason: "connectTimeout" },
      "REGISTRY_UNAVAILABLE",
      "r.example takes no connection within 5 s: check the address and firewalls",
    ],
    [
      { kind: "status", host, status: 599 },
      "REGISTRY_UNAVAILABLE",
      "r.example answers 599: try again later",
    ],
    [
      { kind: "tls", host, reason: "other" },
      "REGISTRY_TLS_VERIFY_FAILED",
      "no TLS connection to r.example comes about: check its TLS settings",
    ],
  ];
  for (const [failure, code, why] of table) {
    it(`tells ${JSON.stringify(failure)}`, () => {
      const error = registryError(subject, failure, limits);
      assert.equal(error.code, code);
      assert.equal(error.message, `could not fetch r.example/library/x:1: ${why}`);
    });
  }

  const ownWayOut: [Failure, why: string][] = [
    [{ kind: "loginWanted", host }, "the registry wants a login: ask Ada"],
    [
      { kind: "tls", host, reason: "notTls" },
      "r.example does not speak TLS: if it speaks plain http, tell Bob of r.example",
    ],
    [
      { kind: "tls", host, reason: "unknownAuthority" },
      "nobody known has signed the certificate of r.example: set caFile of this registry, or tell Bob of r.example",
    ],
  ];
  for (const [failure, why] of ownWayOut) {
    it(`tells ${JSON.stringify(failure)} with the way out that a program has`, () => {
      const advice = { login: "ask Ada", allowInsecure: (host: string) => `tell Bob of ${host}` };
      const { message } = registryError(subject, failure, limits, { advice });
      assert.equal(message, `could not fetch r.example/library/x:1: ${why}`);
    });
  }
});
