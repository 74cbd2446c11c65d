import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideRedirect, headersFor, isRedirect, type RedirectQuestion } from "./redirects.ts";

const ask = (more: Partial<RedirectQuestion>) =>
  decideRedirect({
    from: new URL("https://registry.example.com/v2/x/blobs/y"),
    location: "https://store.example.net/y?signature=s",
    configured: new URL("https://registry.example.com"),
    followed: 0,
    most: 10,
    trustedHosts: new Set(),
    ...more,
  });

describe("a redirect", () => {
  const followed: Record<string, [Partial<RedirectQuestion>, to: string, sameOrigin: boolean]> = {
    "to an object store": [{}, "https://store.example.net/y?signature=s", false],
    "within the registry": [
      { location: "/elsewhere" },
      "https://registry.example.com/elsewhere",
      true,
    ],
    "to another port": [
      { location: "https://registry.example.com:444/" },
      "https://registry.example.com:444/",
      false,
    ],
    "from http to https": [
      { from: new URL("http://registry.example.com") },
      "https://store.example.net/y?signature=s",
      false,
    ],
    "for the tenth time": [{ followed: 9, location: "/" }, "https://registry.example.com/", true],
    "into a private network, where trusted": [
      { location: "https://10.0.0.1:9000/", trustedHosts: new Set(["10.0.0.1:9000"]) },
      "https://10.0.0.1:9000/",
      false,
    ],
    "within a private network": [
      {
        from: new URL("https://10.0.0.1"),
        configured: new URL("https://10.0.0.1"),
        location: "https://10.0.0.2/",
      },
      "https://10.0.0.2/",
      false,
    ],
  };
  for (const [what, [question, to, sameOrigin]] of Object.entries(followed)) {
    it(`${what} is followed`, () => {
      assert.deepEqual(ask(question), { do: "follow", to: new URL(to), sameOrigin });
    });
  }

  const refused: Record<string, [Partial<RedirectQuestion>, why: string]> = {
    "for the eleventh time": [{ followed: 10 }, "redirects more than 10 times"],
    "without a location": [{ location: undefined }, "redirects without saying where to"],
    "to nonsense": [{ location: "https://:80:80/" }, "redirects to something that is not a URL"],
    "to a very long URL": [
      { location: `/${"x".repeat(8_192)}` },
      "redirects to something that is not a URL",
    ],
    "to a file": [
      { location: "file:///etc/passwd" },
      "redirects to a file: URL, not to http or https",
    ],
    "from https to http": [
      { location: "http://store.example.net/y" },
      "redirects from https to plain http at store.example.net",
    ],
    "to a URL with a login": [
      { location: "https://a:b@store.example.net/" },
      "redirects to a URL with a login",
    ],
    "to loopback": [
      { location: "https://127.0.0.1:6443/" },
      "redirects to 127.0.0.1:6443, a loopback address",
    ],
    "to the machine's metadata": [
      { location: "https://169.254.169.254/" },
      "redirects to 169.254.169.254, a link-local address",
    ],
    "into a private network": [
      { location: "https://192.168.0.1/" },
      "redirects to 192.168.0.1, a private address",
    ],
    "into a private network, by way of an object store": [
      { from: new URL("https://store.example.net"), location: "https://[fd00::1]/" },
      "redirects to [fd00::1], a private address",
    ],
    "to no address": [
      { location: "https://0.0.0.0/" },
      "redirects to 0.0.0.0, which is the address of no server",
    ],
  };
  for (const [what, [question, why]] of Object.entries(refused)) {
    it(`${what} is refused`, () => assert.deepEqual(ask(question), { do: "refuse", why }));
  }

  it("is told by its status", () => {
    const statuses = [200, 206, 300, 301, 302, 303, 304, 307, 308, 400].filter(isRedirect);
    assert.deepEqual(statuses, [301, 302, 303, 307, 308]);
  });
});

describe("the headers of a redirected request", () => {
  const headers = {
    Authorization: "Bearer x",
    cookie: "c",
    "Proxy-Authorization": "p",
    range: "bytes=5-",
    accept: "a",
  };
  it("stay within an origin", () => assert.equal(headersFor(headers, true), headers));
  it("lose what is bound to the origin", () => {
    assert.deepEqual(headersFor(headers, false), { range: "bytes=5-", accept: "a" });
  });
});
