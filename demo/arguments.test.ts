import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "./arguments.ts";

describe("the demo's arguments", () => {
  it("need none", () => {
    assert.deepEqual(parseArguments([]), {
      kind: "run",
      options: {
        images: [],
        leechers: 3,
        rate: 12_000_000,
        insecureRegistries: [],
        keep: false,
      },
    });
  });

  it("name images, in any order with flags", () => {
    const words = ["docker://registry.example/app:1", "--leechers=2", "busybox", "--rate", "0"];
    const more = ["--insecure-registry", "Registry.example:5000", "--keep"];
    assert.deepEqual(parseArguments([...words, ...more]), {
      kind: "run",
      options: {
        images: ["registry.example/app:1", "docker.io/library/busybox:latest"],
        leechers: 2,
        rate: 0,
        insecureRegistries: ["registry.example:5000"],
        keep: true,
      },
    });
  });

  for (const words of [["--help"], ["-h"], ["busybox", "--help"]]) {
    it(`ask for help by ${words.join(" ")}`, () => {
      assert.deepEqual(parseArguments(words), { kind: "help" });
    });
  }

  const bad: [argument: string, problem: string][] = [
    ["--foo", "there is no flag --foo"],
    ["-x", "there is no flag -x"],
    ["--constructor", "there is no flag --constructor"],
    ["--leechers", "--leechers needs a value"],
    ["--rate --keep", "--rate needs a value"],
    ["--keep=yes", "--keep takes no value"],
    ["--leechers 0", '--leechers: "0" is not a number from 1 to 16'],
    ["--leechers 17", '--leechers: "17" is not a number from 1 to 16'],
    ["--leechers many", '--leechers: "many" is not a number from 1 to 16'],
    [
      "--rate fast",
      '--rate: "fast" is not a rate: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
    ],
    [
      "--insecure-registry http://x",
      '--insecure-registry: "http://x" is a URL: write HOST or HOST:PORT alone',
    ],
    ["oci:x", '"oci:x" is no image in a registry: write docker://HOST/NAME:TAG'],
    ["App", '"App" is not an image reference: a repository is lower case; write "app" for "App"'],
  ];
  for (const [argument, problem] of bad) {
    it(`refuse ${argument}`, () => {
      assert.deepEqual(parseArguments(argument.split(" ")), { kind: "usage", problem });
    });
  }
});
