import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { idleShare, parseCpuSeconds, parseCpuTicks, parseMemory, socketsOf } from "./proc.ts";

describe("parseMemory", () => {
  it("reads what is resident now, and the most that ever was, in bytes", () => {
    const status = "Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t   61440 kB\nVmRSS:\t   51200 kB\n";
    assert.deepEqual(parseMemory(status), { rssBytes: 52_428_800, peakRssBytes: 62_914_560 });
  });

  it("refuses the status of a process that has ended: it has no memory", () => {
    assert.throws(() => parseMemory("Name:\tnode\nState:\tZ (zombie)\n"), /has it ended/);
  });
});

describe("parseCpuSeconds", () => {
  it("adds user and kernel time, its own and its children's, whatever it calls itself", () => {
    const stat =
      "42 (a ) b 7 (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 8 9 20 0 11 0 12345 67890";
    assert.deepEqual(parseCpuSeconds(stat), { own: 3, children: 0.17 });
  });
});

describe("parseCpuTicks", () => {
  it("counts waiting for a disk as idle, and guests once", () => {
    const stat = "cpu  100 10 50 800 40 0 5 15 77 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
    assert.deepEqual(parseCpuTicks(stat), { idle: 840, all: 1020 });
  });
});

describe("idleShare", () => {
  it("is of the time between two readings", () => {
    assert.equal(idleShare({ idle: 100, all: 1000 }, { idle: 150, all: 1200 }), 0.25);
  });

  it("is nothing where no time has passed", () => {
    assert.equal(idleShare({ idle: 100, all: 1000 }, { idle: 100, all: 1000 }), 0);
  });
});

describe("socketsOf", () => {
  it("counts one more for each that is opened, and one less when it is closed", async () => {
    const before = socketsOf("self");
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    assert.equal(socketsOf("self"), before + 1);
    server.close();
    await once(server, "close");
    assert.equal(socketsOf("self"), before);
  });
});
