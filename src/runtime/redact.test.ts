import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REDACTED, redactText } from "./redact.ts";

const CANARY = "c4n4ry-S3cr3t";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const dockerConfig = JSON.stringify({ auths: { "r.example": { auth: base64(`u:${CANARY}`) } } });

/** A text with the canary in it, in the way that each of its forms reaches a log. */
const planted: Record<string, string> = {
  "the userinfo of a URL": `fetching https://robot:${CANARY}@registry.example/v2/`,
  "a user alone in a URL": `https://${CANARY}@registry.example/v2/`,
  "userinfo with a second @": `https://robot@corp:${CANARY}@registry.example/`,
  "a query value": `GET https://blobs.example/x?X-Amz-Signature=${CANARY}&ns=docker.io`,
  "a later query value": `GET /v2/?ns=docker.io&sig=${CANARY}`,
  "an Authorization header": `Authorization: Negotiate ${CANARY}`,
  "a header with a quoted value": `authorization: Digest username="u", response="${CANARY}"`,
  "a Bearer scheme": `sent Bearer ${CANARY}`,
  "a Basic scheme": `sent Basic ${base64(CANARY)}`,
  "a Set-Cookie header": `set-cookie: session=${CANARY}; HttpOnly`,
  "raw headers as JSON": JSON.stringify(["Set-Cookie", `sid=${CANARY}`]),
  "a token in JSON": JSON.stringify({ token: CANARY, expires_in: 300 }),
  "an access_token in JSON": JSON.stringify({ access_token: CANARY }),
  "an identitytoken in JSON": JSON.stringify({ identitytoken: CANARY }),
  "a password in JSON": JSON.stringify({ username: "u", password: `${CANARY} with "quotes"` }),
  "a secret in JSON in JSON": JSON.stringify({ body: JSON.stringify({ clientSecret: CANARY }) }),
  "a form": `grant_type=password&username=u&password=${CANARY}`,
  "a flag": `--password=${CANARY}`,
  "an environment variable": `REGISTRY_PASSWORD=${CANARY}`,
  "a YAML line": `password: ${CANARY}`,
  "a YAML token": `token: ${CANARY}-and-more`,
  "an object as Node prints it": `{ password: '${CANARY}' }`,
  "auth of a docker config": dockerConfig,
  "base64 of user and password": `header was ${base64(`robot:${CANARY}`)}`,
  "base64 of a docker config": `.dockerconfigjson is ${base64(dockerConfig)}`,
  "a web token": `got eyJhbGciOiJub25lIn0.${CANARY}.${CANARY}`,
  "a private key": `-----BEGIN EC PRIVATE KEY-----\n${CANARY.replaceAll("-", "")}\n-----END`,
  "a text too long to look at": `${"x".repeat(20_000)} password=${CANARY}`,
};

const forms = [CANARY, CANARY.replaceAll("-", ""), base64(CANARY), base64(`u:${CANARY}`)];

describe("redactText", () => {
  for (const [what, text] of Object.entries(planted)) {
    it(`takes the secret out of ${what}`, () => {
      assert.ok(
        forms.some((form) => text.includes(form)) || /[\w+/]{24,}/.test(text),
        "the secret was there",
      );
      const redacted = redactText(text);
      for (const form of forms) assert.ok(!redacted.includes(form), redacted);
    });
  }

  const harmless = {
    "a digest": `blob sha256:${"ab".repeat(32)} is kept`,
    "a path": "/data/oci-torrentd/oci/library/busybox/blobs/sha256",
    "a reference": "registry.example:5000/team/app:1.2.3@sha256:abc",
    "a query's ns": "/v2/library/busybox/manifests/latest?ns=docker.io",
    "a sentence about a token": "could not get a token: the registry said 401",
    "a sentence about authorization": "the registry wants Basic authentication",
    "an email": "write to ada@example.com",
    "an image of many words": "docker.io/library/elasticsearch-exporter:v1.2.3-rc.1",
    "an address": "tcp://10.10.10.10:20000 and [::1]:6882",
  };
  for (const [what, text] of Object.entries(harmless)) {
    it(`leaves ${what} alone`, () => assert.equal(redactText(text), text));
  }

  it("keeps what surrounds a secret", () => {
    assert.equal(
      redactText("GET https://u:p@r.example/v2/?a=b&ns=docker.io failed"),
      `GET https://${REDACTED}@r.example/v2/?a=${REDACTED}&ns=docker.io failed`,
    );
  });

  it("does not slow down on texts made for it", () => {
    const hostile = ["://", "password=", '"token":"', "a.b-", "\\", "?a=", "Basic ", "eyJ", "-"];
    const started = performance.now();
    for (const part of hostile) redactText(part.repeat(Math.floor(16_384 / part.length)));
    assert.ok(performance.now() - started < 2_000);
  });
});
