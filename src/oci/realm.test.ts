import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideRealm, type RealmQuestion } from "./realm.ts";

const ask = (more: Partial<RealmQuestion>) =>
  decideRealm({
    realm: "https://auth.example.com/token",
    registry: new URL("https://registry.example.com/v2/x"),
    trustedHosts: new Set(),
    carriesLogin: true,
    ...more,
  });

describe("the realm of a challenge", () => {
  const allowed: Record<string, Partial<RealmQuestion>> = {
    "of the same owner": {},
    "of the registry itself": { realm: "https://registry.example.com/token" },
    "of anyone, for nobody's login": {
      realm: "https://auth.example.net/token",
      carriesLogin: false,
    },
    "of another domain that is trusted": {
      realm: "https://auth.example.net/token",
      trustedHosts: new Set(["auth.example.net"]),
    },
    "in a private network, where trusted": {
      realm: "https://10.0.0.1:5001/token",
      trustedHosts: new Set(["10.0.0.1:5001"]),
    },
    "on plain http, of a plain registry": {
      registry: new URL("http://registry.example.com"),
      realm: "http://auth.example.com",
    },
    "beside a registry on the same private address": {
      registry: new URL("https://10.0.0.1:5000"),
      realm: "https://10.0.0.1:5001",
    },
    "beside a registry on loopback": {
      registry: new URL("http://127.0.0.1:5000"),
      realm: "http://127.0.0.1:5001",
    },
  };
  for (const [what, question] of Object.entries(allowed)) {
    it(`${what} is asked`, () => assert.equal(ask(question).do, "ask"));
  }

  const refused: Record<string, [question: Partial<RealmQuestion>, why: string]> = {
    "that is missing": [{ realm: undefined }, "names no token service that is a URL"],
    "that is no URL": [{ realm: "auth.example.com/token" }, "names no token service that is a URL"],
    "that is too long": [
      { realm: `https://auth.example.com/${"x".repeat(2_048)}` },
      "names no token service that is a URL",
    ],
    "that is a file": [
      { realm: "file:///etc/passwd" },
      "names a token service by file:, not by http or https",
    ],
    "on plain http": [
      { realm: "http://registry.example.com/token" },
      "names a token service on plain http at registry.example.com",
    ],
    "with a login in it": [
      { realm: "https://a:b@auth.example.com" },
      "names a token service by a URL with a login",
    ],
    "that is the machine's metadata": [
      { realm: "https://169.254.169.254/", carriesLogin: false },
      "names a token service inside a network, at 169.254.169.254",
    ],
    "on loopback": [
      { realm: "https://localhost:8080/" },
      "names a token service inside a network, at localhost:8080",
    ],
    "in a private network": [
      { realm: "https://[fd00::1]/" },
      "names a token service inside a network, at [fd00::1]",
    ],
    "of another owner": [
      { realm: "https://auth.example.net/token" },
      "wants the login sent to auth.example.net, which is of another domain: add it to trustedHosts of this registry if it is right",
    ],
  };
  for (const [what, [question, why]] of Object.entries(refused)) {
    it(`${what} is refused`, () => assert.deepEqual(ask(question), { do: "refuse", why }));
  }
});
