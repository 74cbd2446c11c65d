import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bestRate, parseConnections, parseTraffic } from "./traffic.ts";

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0: 3000000    2000    0    0    0     0          0         0  7654321     900    0    0    0     0       0          0
`;

describe("parseTraffic", () => {
  it("reads what an interface got and what it sent", () => {
    const expected = { receivedBytes: 3_000_000, sentBytes: 7_654_321 };
    assert.deepEqual(parseTraffic(NET_DEV, "eth0"), expected);
  });

  it("refuses an interface that is not there", () => {
    assert.throws(() => parseTraffic(NET_DEV, "eth1"), /no interface eth1/);
  });
});

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0C1E140A:1AE1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20
   1: 0C1E140A:1AE1 0D1E140A:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20
   2: 0100007F:AF3D 0100007F:AF3E 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20
   3: 0C1E140A:1AE1 0E1E140A:D433 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 0000000000000000FFFF00000C1E140A:1AE1 0000000000000000FFFF00000F1E140A:D435 01 0
   1: 0000000000000000FFFF00000100007F:1AE1 0000000000000000FFFF00000100007F:D435 01 0
`;

describe("parseConnections", () => {
  it("counts what is open to other hosts", () => {
    assert.equal(parseConnections(TCP), 1);
    assert.equal(parseConnections(TCP6), 1);
  });
});

describe("bestRate", () => {
  const readings = [0, 10, 40, 90, 100].map((bytes, seconds) => ({ seconds, bytes }));

  it("is the fastest stretch that is long enough", () => {
    assert.equal(bestRate(readings, 1), 50);
    assert.equal(bestRate(readings, 2), 40);
  });

  it("is the mean when all of it is shorter than that", () => {
    assert.equal(bestRate(readings, 60), 25);
    assert.equal(bestRate([], 1), 0);
  });
});
