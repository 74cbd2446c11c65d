import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type EndpointConfig,
  endpointMap,
  endpointsOf,
  withInsecureHosts,
} from "./registry-endpoints.ts";

const shown = (map: ReturnType<typeof endpointMap>, host: string) =>
  endpointsOf(map, host).map(({ url, insecure, mirror }) => [url.href, insecure, mirror]);

describe("the endpoints of a registry", () => {
  it("are its own https server when nothing is said", () => {
    const none = endpointMap({});
    assert.deepEqual(shown(none, "docker.io"), [["https://registry-1.docker.io/", false, false]]);
    assert.deepEqual(shown(none, "127.0.0.1:5000"), [["https://127.0.0.1:5000/", false, false]]);
    assert.deepEqual(shown(none, "[::1]:5000"), [["https://[::1]:5000/", false, false]]);
  });

  it("are those of the config, in its order", () => {
    const map = endpointMap({
      "docker.io": [
        { url: "https://mirror.example/hub", mirror: true },
        { url: "http://127.0.0.1:5000", insecure: true },
      ],
    });
    assert.deepEqual(shown(map, "docker.io"), [
      ["https://mirror.example/hub", false, true],
      ["http://127.0.0.1:5000/", true, false],
    ]);
  });

  it("get the login, unless they are mirrors and nobody says so", () => {
    const url = "https://x.example";
    const map = endpointMap({
      x: [{ url }, { url, mirror: true }, { url, mirror: true, sendsCredential: true }],
    });
    const sends = endpointsOf(map, "x").map(({ sendsCredential }) => sendsCredential);
    assert.deepEqual(sends, [true, false, true]);
  });

  const mistakes: Record<string, [EndpointConfig, problem: string]> = {
    "no URL": [{ url: "mirror.example" }, "url: not a URL: begin with https://"],
    "another protocol": [
      { url: "ftp://mirror.example" },
      "url: ftp: is not a protocol of registries: use https://",
    ],
    "plain http": [
      { url: "http://127.0.0.1:5000" },
      "url: plain http: use https:// or set insecure: true",
    ],
    "a login": [
      { url: "https://ada:canary@mirror.example" },
      "url: has a login in it: use --authfile instead",
    ],
    "a query": [{ url: "https://mirror.example/?a=b" }, "url: has a query or a fragment"],
    "no certificate": [
      { url: "https://mirror.example", ca: "canary" },
      "caFile: holds no PEM certificate",
    ],
  };
  for (const [what, [entry, problem]] of Object.entries(mistakes)) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => endpointMap({ "docker.io": [{ url: "https://fine.example" }, entry] }), {
        code: "CONFIG_INVALID",
        message: `registries.docker.io[1].${problem}`,
      });
    });
  }

  it("are refused with all mistakes at once", () => {
    assert.throws(() => endpointMap({ a: [], b: [{ url: "http://x?y" }] }), {
      code: "CONFIG_INVALID",
      message:
        "registries.a: names no endpoint; registries.b[0].url: plain http: use https:// or set insecure: true; registries.b[0].url: has a query or a fragment",
    });
  });
});

describe("--insecure-registry", () => {
  it("allows unchecked https, then plain http, for that host alone", () => {
    const map = withInsecureHosts(endpointMap({}), ["127.0.0.1:5000"]);
    assert.deepEqual(shown(map, "127.0.0.1:5000"), [
      ["https://127.0.0.1:5000/", true, false],
      ["http://127.0.0.1:5000/", true, false],
    ]);
    assert.deepEqual(shown(map, "127.0.0.1:5001"), [["https://127.0.0.1:5001/", false, false]]);
  });

  it("keeps the endpoints that the config names", () => {
    const config = endpointMap({ x: [{ url: "https://mirror.example" }] });
    assert.deepEqual(shown(withInsecureHosts(config, ["x"]), "x"), [
      ["https://mirror.example/", true, false],
    ]);
  });

  for (const host of ["", "http://x", "x/y", "a b", "x:70000"]) {
    it(`is refused for ${JSON.stringify(host)}`, () => {
      assert.throws(() => withInsecureHosts(new Map(), [host]), {
        code: "CONFIG_INVALID",
        message: `not a registry host: ${JSON.stringify(host)}: write HOST or HOST:PORT`,
      });
    });
  }
});
