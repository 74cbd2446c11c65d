import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostKind, mayLeadTo, ownerDomain } from "./network-address.ts";

describe("the kind of a host", () => {
  const kinds: Record<string, readonly string[]> = {
    name: [
      "registry.example.com",
      "localhost.example.com",
      "10.example.com",
      "registry-1.docker.io.",
    ],
    public: ["8.8.8.8", "172.32.0.1", "[2606:4700::1111]", "[::ffff:808:808]", "169.253.1.1"],
    loopback: [
      "localhost",
      "a.localhost",
      "localhost.",
      "127.0.0.1",
      "127.9.9.9",
      "[::1]",
      "[::ffff:7f00:1]",
    ],
    private: [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "[fd00::1]",
      "[::ffff:a00:1]",
      "[64:ff9b::a00:1]",
    ],
    linkLocal: ["169.254.169.254", "[fe80::1]", "[::ffff:a9fe:a9fe]"],
    unspecified: ["0.0.0.0", "0.1.2.3", "[::]", "224.0.0.1", "255.255.255.255", "[ff02::1]"],
  };
  for (const [kind, hosts] of Object.entries(kinds)) {
    for (const host of hosts) it(`${host} is ${kind}`, () => assert.equal(hostKind(host), kind));
  }

  for (const odd of [
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://017700000001/",
  ]) {
    it(`${odd} is loopback once URL has read it`, () => {
      assert.equal(hostKind(new URL(odd).hostname), "loopback");
    });
  }
});

describe("a server", () => {
  const table: [configured: string, target: string, allowed: boolean][] = [
    ["registry.example.com", "store.example.net", true],
    ["registry.example.com", "8.8.8.8", true],
    ["registry.example.com", "10.0.0.1", false],
    ["registry.example.com", "localhost", false],
    ["registry.example.com", "[fd00::1]", false],
    ["registry.example.com", "169.254.169.254", false],
    ["8.8.8.8", "192.168.1.1", false],
    ["10.0.0.1", "10.0.0.2", true],
    ["10.0.0.1", "192.168.1.1", true],
    ["10.0.0.1", "127.0.0.1", false],
    ["10.0.0.1", "169.254.169.254", false],
    ["10.0.0.1", "0.0.0.0", false],
    ["127.0.0.1", "localhost", true],
    ["127.0.0.1", "10.0.0.1", true],
    ["127.0.0.1", "169.254.169.254", false],
    ["169.254.1.1", "169.254.1.1", true],
  ];
  for (const [configured, target, allowed] of table) {
    it(`${configured} may ${allowed ? "" : "not "}lead to ${target}`, () => {
      assert.equal(mayLeadTo(configured, target), allowed);
    });
  }
});

describe("the domain of an owner", () => {
  const domains: Record<string, string> = {
    "registry-1.docker.io": "docker.io",
    "auth.docker.io": "docker.io",
    "docker.io": "docker.io",
    "a.b.example.co.uk": "example.co.uk",
    "other.co.uk": "other.co.uk",
    "registry.example.de.": "example.de",
    localhost: "localhost",
    "10.0.0.1": "10.0.0.1",
    "[fd00::1]": "[fd00::1]",
  };
  for (const [host, domain] of Object.entries(domains)) {
    it(`${host} is of ${domain}`, () => assert.equal(ownerDomain(host), domain));
  }
});
