import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { machineLines, parseSystemName, parseVersion } from "./machine.ts";

describe("parseVersion", () => {
  const said = {
    "skopeo version 1.18.0 commit: unknown": "1.18.0",
    "docker-registry github.com/docker/distribution 2.8.3+ds1": "2.8.3+ds1",
    "v24.21.0\n": "24.21.0",
    "no digits at all": "unknown",
  };
  for (const [text, version] of Object.entries(said)) {
    it(`finds ${version} in ${JSON.stringify(text)}`, () => {
      assert.equal(parseVersion(text), version);
    });
  }
});

describe("parseSystemName", () => {
  it("takes the name for people, with and without quotes", () => {
    assert.equal(parseSystemName('ID=debian\nPRETTY_NAME="Debian 13"\n'), "Debian 13");
    assert.equal(parseSystemName("PRETTY_NAME=Debian\nID=debian\n"), "Debian");
    assert.equal(parseSystemName("ID=debian\n"), "unknown");
  });
});

describe("machineLines", () => {
  it("tell all that a figure depends on", () => {
    const lines = machineLines({
      processor: "A Processor",
      cores: 2,
      memoryBytes: 24 * 2 ** 30,
      system: "Debian 13",
      kernel: "6.1",
      programs: { node: "24.21.0", skopeo: "1.18.0" },
      load: 0.42,
      idle: 0.987,
    });
    assert.deepEqual(lines, [
      "2 cores (A Processor), 24 GiB of memory, Debian 13, Linux 6.1",
      "node 24.21.0, skopeo 1.18.0; before: load 0.4, 99 % idle",
    ]);
  });
});
