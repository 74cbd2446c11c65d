import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import {
  accessTokenCredential,
  basicCredential,
  type Credential,
  identityTokenCredential,
} from "./credential.ts";
import { findCredential, type LoginFormat, loginEntries } from "./credentials.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const auth = (name: string) => ({ auth: base64(`${name}:${name}-canary`) });

const find = (config: unknown, host = "docker.io", repository = "library/x") =>
  findCredential(
    typeof config === "string" ? config : JSON.stringify(config),
    "config.json",
    host,
    repository,
  );

const shown = (credential: Credential | undefined) =>
  credential?.kind === "basic"
    ? `${credential.username}:${credential.password}`
    : credential?.token;

describe("a docker config.json", () => {
  const found: Record<string, [config: unknown, host: string, login: string | undefined]> = {
    "with a base64 auth": [{ auths: { "r.example": auth("ada") } }, "r.example", "ada:ada-canary"],
    "with a password that has colons": [
      { auths: { "r.example": { auth: base64("ada:a:b:") } } },
      "r.example",
      "ada:a:b:",
    ],
    "with a name and a password": [
      { auths: { "r.example": { username: "ada", password: "pw" } } },
      "r.example",
      "ada:pw",
    ],
    "with an identity token": [
      { auths: { "r.example": { auth: base64("ada:"), identitytoken: "idt" } } },
      "r.example",
      "idt",
    ],
    "with a token under docker's name for it": [
      { auths: { "r.example": { auth: base64("<token>:idt") } } },
      "r.example",
      "idt",
    ],
    "with docker's key for Docker Hub": [
      { auths: { "https://index.docker.io/v1/": auth("hub") } },
      "docker.io",
      "hub:hub-canary",
    ],
    "with another key for Docker Hub": [
      { auths: { "registry-1.docker.io": auth("hub") } },
      "docker.io",
      "hub:hub-canary",
    ],
    "with a URL": [
      { auths: { "https://R.example:5000/v2/": auth("ada") } },
      "r.example:5000",
      "ada:ada-canary",
    ],
    "with another host only": [{ auths: { "other.example": auth("ada") } }, "r.example", undefined],
    "with another port only": [
      { auths: { "r.example:5000": auth("ada") } },
      "r.example",
      undefined,
    ],
    "with a host that only begins alike": [
      { auths: { "r.example": auth("ada") } },
      "r.example.net",
      undefined,
    ],
    "with keys for repositories": [
      { auths: { "r.example": auth("all"), "r.example/library": auth("lib") } },
      "r.example",
      "lib:lib-canary",
    ],
    "with a key for another repository": [
      { auths: { "r.example/lib": auth("lib") } },
      "r.example",
      undefined,
    ],
    "with an empty entry": [{ auths: { "r.example": {} } }, "r.example", undefined],
    "with the same login twice": [
      { auths: { "docker.io": auth("hub"), "https://index.docker.io/v1/": auth("hub") } },
      "docker.io",
      "hub:hub-canary",
    ],
    "with an empty entry beside a full one": [
      { auths: { "docker.io": {}, "index.docker.io": auth("hub") } },
      "docker.io",
      "hub:hub-canary",
    ],
    "without auths": [{ HttpHeaders: {} }, "r.example", undefined],
    "with a helper for another host": [
      { credHelpers: { "o.example": "x" } },
      "r.example",
      undefined,
    ],
  };
  for (const [what, [config, host, login]] of Object.entries(found)) {
    it(`${what} gives ${login ?? "no login"}`, () =>
      assert.equal(shown(find(config, host)), login));
  }

  const refused: Record<string, [config: unknown, why: string]> = {
    "that is not JSON": ['{"auths": {"docker.io": {"auth": canary}}}', "it is not JSON"],
    "that is empty": ["", "it is not JSON"],
    "that is a list": [[], "it is not a JSON object"],
    "whose auths are a list": [{ auths: ["canary"] }, "auths is not an object"],
    "whose entry is a string": [
      { auths: { "docker.io": "canary" } },
      'the entry of "docker.io" is not an object',
    ],
    "whose auth is a number": [
      { auths: { "docker.io": { auth: 5 } } },
      'auth of "docker.io" is not a string',
    ],
    "whose auth is not base64": [
      { auths: { "docker.io": { auth: "canary!" } } },
      'auth of "docker.io" is not base64 of USER:PASSWORD',
    ],
    "whose auth has no colon": [
      { auths: { "docker.io": { auth: base64("canary") } } },
      'auth of "docker.io" is not base64 of USER:PASSWORD',
    ],
    "whose auth has no user": [
      { auths: { "docker.io": { auth: base64(":canary") } } },
      'auth of "docker.io" is not base64 of USER:PASSWORD',
    ],
    "whose auth is not UTF-8": [
      { auths: { "docker.io": { auth: "/////w==" } } },
      'auth of "docker.io" is not base64 of USER:PASSWORD',
    ],
    "with two logins for one registry": [
      { auths: { "docker.io": auth("a"), "https://index.docker.io/v1/": auth("b") } },
      '"docker.io" and "https://index.docker.io/v1/" are one registry with different logins: keep one',
    ],
    "with one key twice": [
      '{"auths":{"docker.io":{"auth":"canary"},"docker.io":{}}}',
      'the key "docker.io" stands twice in an object',
    ],
    "with a credential store": [
      { auths: { "docker.io": {} }, credsStore: "desktop" },
      "the login of docker.io is kept by a credential helper, which is not run here: pass --username and --password-stdin",
    ],
    "with a credential helper": [
      { credHelpers: { "docker.io": "canary" } },
      "the login of docker.io is kept by a credential helper, which is not run here: pass --username and --password-stdin",
    ],
    "that is too long": [`"${"x".repeat(1_048_576)}"`, "it has 1048578 bytes, more than 1048576"],
  };
  for (const [what, [config, why]] of Object.entries(refused)) {
    it(`${what} is refused, and not quoted`, () => {
      assert.throws(
        () => find(config),
        (error: Error) => {
          assert.equal(error.message, `could not read logins from config.json: ${why}`);
          assert.equal((error as { code?: unknown }).code, "CONFIG_INVALID");
          assert.doesNotMatch(inspect(error), /canary/);
          return true;
        },
      );
    });
  }

  it("never shows its content, however broken it is", () => {
    const good = JSON.stringify({ auths: { "docker.io": { username: "a", password: "canary" } } });
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.string({ minLength: 1, maxLength: 3 }),
        (at, noise) => {
          try {
            find(good.slice(0, at) + noise + good.slice(at + 1));
          } catch (error) {
            assert.doesNotMatch(inspect(error), /canary/);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the entries of a file of logins", () => {
  const entries = { "r.example": auth("ada"), "b.example": { auth: "%" }, "c.example": {} };
  const files: Record<LoginFormat, object> = {
    "config.json": { auths: entries },
    ".dockercfg": entries,
  };
  for (const [format, content] of Object.entries(files) as [LoginFormat, object][]) {
    it(`are all there in a ${format}, and each is read when it is wanted`, () => {
      const [ada, broken, empty] = loginEntries(JSON.stringify(content), "a file", format);
      assert.deepEqual(
        [ada, broken, empty].map((entry) => entry?.key),
        ["r.example", "b.example", "c.example"],
      );
      assert.equal(shown(ada?.login()), "ada:ada-canary");
      assert.throws(() => broken?.login(), { code: "CONFIG_INVALID" });
      assert.equal(empty?.login(), undefined);
    });
  }

  it("are none in a config.json without auths", () => {
    assert.deepEqual(loginEntries("{}", "a file", "config.json"), []);
  });
});

describe("a credential", () => {
  const credentials: Record<string, Credential> = {
    basic: basicCredential("user-canary", "pass-canary"),
    identityToken: identityTokenCredential("token-canary"),
    accessToken: accessTokenCredential("token-canary"),
  };
  for (const [kind, credential] of Object.entries(credentials)) {
    it(`of kind ${kind} does not print itself`, () => {
      assert.equal(credential.kind, kind);
      const prints = [
        JSON.stringify({ credential }),
        inspect({ credential }, { showHidden: true, depth: 9 }),
        JSON.stringify({ ...credential }),
        inspect({ ...credential }),
        String(credential),
        `${credential}`,
      ];
      for (const print of prints) assert.doesNotMatch(print, /canary/);
    });
  }
});
