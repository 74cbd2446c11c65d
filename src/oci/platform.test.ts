import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { OCI_MANIFEST } from "./media-types.ts";
import { choosePlatform, formatPlatform, hostPlatform, parsePlatform } from "./platform.ts";

const entry = (platform: string | undefined): Descriptor => {
  const descriptor = {
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(platform ?? "none")),
    size: 1,
  };
  if (platform === undefined) return descriptor;
  const [os = "", architecture = "", variant] = platform.split("/");
  return {
    ...descriptor,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
  };
};

describe("parsePlatform", () => {
  const names = {
    "linux/amd64": "linux/amd64",
    "Linux/x86_64": "linux/amd64",
    "linux/amd64/v1": "linux/amd64",
    "linux/amd64/v3": "linux/amd64/v3",
    "linux/aarch64": "linux/arm64",
    "linux/arm64/v8": "linux/arm64",
    "linux/arm64/v9": "linux/arm64/v9",
    "linux/arm": "linux/arm/v7",
    "linux/arm/6": "linux/arm/v6",
    "linux/armhf": "linux/arm/v7",
    "linux/armel": "linux/arm/v6",
    "linux/i386": "linux/386",
    "macos/arm64": "darwin/arm64",
    "linux/s390x": "linux/s390x",
    "linux/constructor": "linux/constructor",
  };
  for (const [text, name] of Object.entries(names)) {
    it(`reads ${text} as ${name}`, () => assert.equal(formatPlatform(parsePlatform(text)), name));
  }
  for (const text of [
    "",
    "linux",
    "linux/",
    "/amd64",
    "linux/amd64/v9/x",
    "linux/am d64",
    "a//b",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePlatform(text), {
        code: "PLATFORM_MISSING",
        message: `${JSON.stringify(text)} is not a platform: write os/architecture[/variant], such as linux/amd64`,
      });
    });
  }
});

describe("hostPlatform", () => {
  const machines = [
    [{ platform: "linux", arch: "x64", endianness: "LE" }, "linux/amd64"],
    [{ platform: "linux", arch: "arm64", endianness: "LE" }, "linux/arm64"],
    [{ platform: "linux", arch: "arm", endianness: "LE", armVersion: "6" }, "linux/arm/v6"],
    [{ platform: "linux", arch: "arm", endianness: "LE" }, "linux/arm/v7"],
    [{ platform: "linux", arch: "ppc64", endianness: "LE" }, "linux/ppc64le"],
    [{ platform: "linux", arch: "ppc64", endianness: "BE" }, "linux/ppc64"],
    [{ platform: "win32", arch: "ia32", endianness: "LE" }, "windows/386"],
  ] as const;
  for (const [machine, name] of machines) {
    it(`is ${name}`, () => assert.equal(formatPlatform(hostPlatform(machine)), name));
  }
  it("can say what this machine is", () => {
    assert.match(formatPlatform(hostPlatform()), /^[a-z0-9]+\/[a-z0-9]+/);
  });
});

describe("choosePlatform", () => {
  const all = [
    "windows/amd64",
    "linux/386",
    "linux/arm/v5",
    "linux/arm/v7",
    "linux/amd64/v3",
    "linux/amd64",
    "linux/arm64/v8",
    "unknown/unknown",
  ];
  const choices: readonly (readonly [wanted: string, from: readonly string[], chosen: string])[] = [
    ["linux/amd64", all, "linux/amd64"],
    ["linux/amd64/v4", all, "linux/amd64/v3"],
    ["linux/amd64/v2", all, "linux/amd64"],
    ["linux/amd64", ["linux/386"], "linux/386"],
    ["linux/arm64", all, "linux/arm64/v8"],
    ["linux/arm64/v9", all, "linux/arm64/v8"],
    ["linux/arm64", ["linux/arm/v6", "linux/arm/v7"], "linux/arm/v7"],
    ["linux/arm/v7", ["linux/arm/v5", "linux/arm/v6"], "linux/arm/v6"],
    ["linux/arm/v6", all, "linux/arm/v5"],
    ["linux/arm", ["linux/arm"], "linux/arm"],
    ["linux/riscv64", [...all, "linux/riscv64"], "linux/riscv64"],
    ["windows/amd64", all, "windows/amd64"],
  ];
  for (const [wanted, from, chosen] of choices) {
    it(`gives ${chosen} to ${wanted} out of ${from.length}`, () => {
      assert.deepEqual(choosePlatform(from.map(entry), parsePlatform(wanted)), entry(chosen));
    });
  }
  it("takes a single entry without a platform", () => {
    assert.deepEqual(choosePlatform([entry(undefined)], hostPlatform()), entry(undefined));
  });

  const missing: readonly (readonly [
    wanted: string,
    from: readonly (string | undefined)[],
    why: string,
  ])[] = [
    [
      "linux/s390x",
      ["linux/amd64", "linux/arm64/v8", "unknown/unknown"],
      "it has linux/amd64, linux/arm64",
    ],
    ["linux/386", ["linux/amd64"], "it has linux/amd64"],
    ["linux/arm/v5", ["linux/arm/v6"], "it has linux/arm/v6"],
    ["linux/amd64", ["linux/amd64/v3"], "it has linux/amd64/v3"],
    ["linux/amd64", [], "it names no platform"],
    ["linux/amd64", [undefined, undefined], "it names no platform"],
  ];
  for (const [wanted, from, why] of missing) {
    it(`has nothing for ${wanted}: ${why}`, () => {
      assert.throws(() => choosePlatform(from.map(entry), parsePlatform(wanted)), {
        code: "PLATFORM_MISSING",
        message: `the image has nothing for ${wanted}: ${why}`,
      });
    });
  }
});
