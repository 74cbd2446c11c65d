import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codedFailure } from "./network-failure.ts";

const coded = (code: string) => Object.assign(new Error("canary"), { code });
const host = "h";

describe("an error of the network", () => {
  const table: Record<string, object> = {
    ECONNREFUSED: { kind: "network", reason: "refused" },
    ECONNRESET: { kind: "network", reason: "reset" },
    EHOSTUNREACH: { kind: "network", reason: "unreachable" },
    EAI_AGAIN: { kind: "network", reason: "unreachable" },
    ENOTFOUND: { kind: "network", reason: "nameUnknown" },
    ETIMEDOUT: { kind: "network", reason: "connectTimeout" },
    CERT_HAS_EXPIRED: { kind: "tls", reason: "expired" },
    ERR_TLS_CERT_ALTNAME_INVALID: { kind: "tls", reason: "otherHost" },
    DEPTH_ZERO_SELF_SIGNED_CERT: { kind: "tls", reason: "unknownAuthority" },
    ERR_SSL_WRONG_VERSION_NUMBER: { kind: "tls", reason: "notTls" },
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: { kind: "tls", reason: "other" },
    EPROTO: { kind: "tls", reason: "other" },
    HPE_INVALID_CONSTANT: {
      kind: "protocol",
      detail: "does not speak HTTP as it should (HPE_INVALID_CONSTANT)",
    },
  };
  for (const [code, failure] of Object.entries(table)) {
    it(`${code} is understood`, () => {
      assert.deepEqual(codedFailure(coded(code), host), { host, ...failure });
    });
  }

  it("of all addresses of a name is the first one's", () => {
    const all = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]);
    assert.deepEqual(codedFailure(all, host), { kind: "network", host, reason: "refused" });
  });

  for (const odd of [undefined, "text", new Error("canary"), new AggregateError([])]) {
    it(`that is odd is still told, without its text: ${String(odd).slice(0, 9)}`, () => {
      const failure = codedFailure(odd, host);
      assert.equal(failure.kind, "protocol");
      assert.doesNotMatch(JSON.stringify(failure), /canary/);
    });
  }
});
