import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CallSubject, explainCall, isSocketRefusal } from "./daemon-failure.ts";
import { groupName } from "./socket-group.ts";

// Sockets that answer like this are met in daemon.test.ts; here is what needs another user, network or server.
const socket: CallSubject = { address: "unix:///run/d.sock", transport: "unix", presented: false };
const plain: CallSubject = { address: "tcp://h:1", transport: "tcp", presented: false };
const tls: CallSubject = { ...plain, transport: "tls", presented: true };
const notConnected = (why: string) =>
  `No connection established. Last error: ${why}. Resolution note: `;
const failure = (code: number, details: string) =>
  Object.assign(new Error(details), { code, details });
const START_IT = "start oci-torrentd or name its address with --address";
const refused = notConnected("Error: connect EACCES /run/d.sock");

const cases: readonly (readonly [number, string, CallSubject, string, string])[] = [
  [14, refused, socket, "FAILED", "no permission on /run/d.sock: run as root"],
  [
    14,
    refused,
    { ...socket, socketGroup: "oci-torrent" },
    "FAILED",
    "no permission on /run/d.sock: run as root or join group oci-torrent",
  ],
  [
    14,
    "Name resolution failed for target dns:h:1",
    plain,
    "FAILED",
    `daemon not reachable at tcp://h:1: its host name is not known; ${START_IT}`,
  ],
  [
    14,
    notConnected("Error: connect EHOSTUNREACH 10.0.0.1:1"),
    plain,
    "FAILED",
    `daemon not reachable at tcp://h:1: there is no route to it; ${START_IT}`,
  ],
  [
    14,
    notConnected("Error: connect ETIMEDOUT 10.0.0.1:1"),
    plain,
    "FAILED",
    `daemon not reachable at tcp://h:1: it does not answer; ${START_IT}`,
  ],
  [
    14,
    notConnected("Failed to connect (2026-01-01T00:00:00.000Z)"),
    socket,
    "FAILED",
    `daemon not reachable at unix:///run/d.sock: it closed the connection; ${START_IT}`,
  ],
  [
    14,
    notConnected("Failed to connect (2026-01-01T00:00:00.000Z)"),
    tls,
    "FAILED",
    "daemon not reachable at tcp://h:1: it closed the connection; its client CA may not know our certificate (--tls-cert)",
  ],
  [
    14,
    notConnected("Error: certificate is not yet valid"),
    tls,
    "FAILED",
    "daemon not reachable at tcp://h:1: its certificate is not valid yet",
  ],
  [
    14,
    notConnected("0A00045C:SSL routines:tlsv1 alert unknown ca:SSL alert number 48"),
    tls,
    "FAILED",
    "daemon not reachable at tcp://h:1: it refuses our certificate (--tls-cert)",
  ],
  [
    14,
    notConnected("Error: SSL routines:unsupported protocol"),
    tls,
    "FAILED",
    "daemon not reachable at tcp://h:1: the TLS handshake failed",
  ],
  // What the daemon itself says is handed on, also when it speaks of connections.
  [
    14,
    "could not reach r.example: connect EACCES",
    socket,
    "FAILED",
    "could not reach r.example: connect EACCES",
  ],
  [1, "", plain, "FAILED", "the daemon at tcp://h:1 ended the call: it may be shutting down"],
  [13, " ", plain, "FAILED", "the daemon at tcp://h:1 failed without a reason (13)"],
  [8, "too much at once", plain, "FAILED", "too much at once"],
  [3, "reference: odd", plain, "USAGE", "reference: odd"],
  [4, "no seeder within 30s", plain, "TIMEOUT", "no seeder within 30s"],
];

describe("explainCall", () => {
  for (const [code, details, subject, kind, sentence] of cases) {
    it(`says ${sentence.slice(0, 90)}`, () => {
      const explained = explainCall(failure(code, details), subject);
      assert.deepEqual([explained.code, explained.message], [kind, sentence]);
    });
  }

  it("knows a refused socket from all others", () => {
    assert.equal(isSocketRefusal(failure(14, refused)), true);
    assert.equal(isSocketRefusal(failure(14, notConnected("Error: connect ENOENT /x"))), false);
    assert.equal(isSocketRefusal(new Error("connect EACCES")), false);
  });
});

it("groupName finds a group by its number", () => {
  const groups = "root:x:0:\nbad line\noci-torrent:x:998:joe\n";
  assert.equal(groupName(groups, 998), "oci-torrent");
  assert.equal(groupName(groups, 0), "root");
  assert.equal(groupName(groups, 99), undefined);
});
