import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  addressKind,
  booleanKind,
  durationKind,
  hostPortKind,
  hostPortOrOffKind,
  ipAddressKind,
  logLevelKind,
  pathKind,
  portKind,
  rateKind,
  registryHostKind,
  remoteAddressKind,
  trackerUrlKind,
  type ValueKind,
} from "./value-kinds.ts";

function table<T>(
  name: string,
  kind: ValueKind<T>,
  good: Record<string, unknown>,
  bad: Record<string, string>,
) {
  describe(name, () => {
    for (const [text, value] of Object.entries(good)) {
      it(`reads ${text}`, () => assert.deepEqual(kind.parse(text), value));
    }
    for (const [text, message] of Object.entries(bad)) {
      it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
        assert.throws(() => kind.parse(text), { name: "ValueError", message });
      });
    }
  });
}

const notARate = (text: string) =>
  `"${text}" is not a rate: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit`;
table(
  "a rate",
  rateKind,
  {
    0: 0,
    10: 10,
    "10B": 10,
    "10MB": 10_000_000,
    "10MiB/s": 10_485_760,
    "10 MiB/s": 10_485_760,
    "1.5KiB": 1536,
    "64kB/s": 64_000,
    "1GB": 1_000_000_000,
    "1GiB": 1_073_741_824,
    "1000GB/s": 1_000_000_000_000,
  },
  {
    "-1": '"-1" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
    "-10MB":
      '"-10MB" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
    "1e400": notARate("1e400"),
    NaN: notARate("NaN"),
    Infinity: notARate("Infinity"),
    "": notARate(""),
    " ": notARate(" "),
    "10Mbit": notARate("10Mbit"),
    "10mb": notARate("10mb"),
    "10MB/h": notARate("10MB/h"),
    "0x10": notARate("0x10"),
    "1,5MB": notARate("1,5MB"),
    "٣": notARate("٣"),
    "0.5": '"0.5" is less than a byte per second',
    "1001GB/s": '"1001GB/s" is more than 1000GB/s',
  },
);

const notADuration = (text: string) => `"${text}" is not a duration: write 5s, 500ms or 1m30s`;
table(
  "a duration",
  durationKind,
  { 5: 5_000, "5s": 5_000, "500ms": 500, "1.5m": 90_000, "1m30s": 90_000, "1h": 3_600_000 },
  {
    0: '"0" is no time at all: write 5s or 500ms',
    "0s": '"0s" is no time at all: write 5s or 500ms',
    1e9: '"1000000000" is not a duration: write 5s, 500ms or 1m30s',
    "3601s": '"3601s" is more than an hour',
    "-1s": notADuration("-1s"),
    "5 s": notADuration("5 s"),
    "5d": notADuration("5d"),
    NaN: notADuration("NaN"),
    "": notADuration(""),
  },
);

const notAPort = (text: string) => `"${text}" is not a port: write a number from 0 to 65535`;
table(
  "a port",
  portKind,
  { 0: 0, 50007: 50_007, 65535: 65_535 },
  {
    65536: notAPort("65536"),
    "-1": notAPort("-1"),
    "80.5": notAPort("80.5"),
    http: notAPort("http"),
    "": notAPort(""),
  },
);

table(
  "a boolean",
  booleanKind,
  { true: true, false: false },
  {
    yes: '"yes" is neither true nor false',
    True: '"True" is neither true nor false',
    1: '"1" is neither true nor false',
    "": '"" is neither true nor false',
  },
);

table(
  "a log level",
  logLevelKind,
  { warn: "warn" },
  {
    trace: '"trace" is not a log level: write debug, info, warn, error',
  },
);

table(
  "a path",
  pathKind,
  { "/data": "/data", "a b": "a b" },
  {
    "": "the path is empty",
    "  ": "the path is empty",
    "/a\0b": '"/a\\u0000b" has a control character in it',
    "/a\nb": '"/a\\nb" has a control character in it',
  },
);

const notHostPort = (text: string) => `"${text}" is not HOST:PORT: write for example 0.0.0.0:6882`;
table(
  "a host and port",
  hostPortKind,
  {
    "0.0.0.0:6882": { host: "0.0.0.0", port: 6882 },
    "[::1]:0": { host: "::1", port: 0 },
    "tracker.example:80": { host: "tracker.example", port: 80 },
  },
  {
    "6882": notHostPort("6882"),
    ":6882": notHostPort(":6882"),
    "tcp://0.0.0.0:6882": notHostPort("tcp://0.0.0.0:6882"),
    "host:65536": notHostPort("host:65536"),
    "::1:6882": notHostPort("::1:6882"),
  },
);
table(
  "a host and port that can be off",
  hostPortOrOffKind,
  { off: undefined, "127.0.0.1:0": { host: "127.0.0.1", port: 0 } },
  { no: notHostPort("no") },
);

const notAnAddress = (text: string) =>
  `"${text}" is not an address: write unix:///PATH or tcp://HOST:PORT`;
const socketPath = (length: number) => `unix:///${"s".repeat(length - 1)}`;
table(
  "an address",
  addressKind,
  {
    "unix:///run/x.sock": { kind: "unix", path: "/run/x.sock" },
    "tcp://10.10.10.10:20000": { kind: "tcp", host: "10.10.10.10", port: 20_000 },
    [socketPath(107)]: { kind: "unix", path: socketPath(107).slice("unix://".length) },
  },
  {
    "tcp://10.10.10.10": notAnAddress("tcp://10.10.10.10"),
    "10.10.10.10:20000": notAnAddress("10.10.10.10:20000"),
    "http://10.10.10.10:20000": notAnAddress("http://10.10.10.10:20000"),
    "unix://run/x.sock": notAnAddress("unix://run/x.sock"),
    "/run/x.sock": notAnAddress("/run/x.sock"),
    [socketPath(108)]:
      `"${socketPath(108)}" is longer than the 107 bytes that a unix socket may have`,
  },
);
table(
  "an address to dial",
  remoteAddressKind,
  { "tcp://a:1": { kind: "tcp", host: "a", port: 1 } },
  {
    "tcp://a:0": '"tcp://a:0" has no port to dial',
  },
);

const notATracker = (text: string) =>
  `"${text}" is not a tracker: write http://HOST:PORT/announce or https://HOST/announce`;
table(
  "a tracker",
  trackerUrlKind,
  {
    "http://10.10.10.11:6882/announce": "http://10.10.10.11:6882/announce",
    "https://t.example/a/b": "https://t.example/a/b",
  },
  {
    "udp://10.10.10.11:6882": notATracker("udp://10.10.10.11:6882"),
    "10.10.10.11:6882": notATracker("10.10.10.11:6882"),
    "http://": notATracker("http://"),
    "http://t:0/announce": notATracker("http://t:0/announce"),
    "http://t:65536/announce": notATracker("http://t:65536/announce"),
    "http://u:p@t/announce": "a tracker's URL takes no user and password",
    "http://t/announce#x": '"http://t/announce#x" has a fragment, which says nothing',
    "udp://u:hunter2@t": notATracker("udp://[redacted]@t"),
  },
);

table(
  "an address to dial from",
  ipAddressKind,
  { "10.0.0.1": "10.0.0.1", "fd00::1": "fd00::1" },
  {
    eth0: '"eth0" is not an IP address',
    "10.0.0.256": '"10.0.0.256" is not an IP address',
    "0.0.0.0": '"0.0.0.0" is every address: name one of this machine',
    "::": '"::" is every address: name one of this machine',
  },
);

const notARegistry = (text: string) => `"${text}" is not a registry host: write HOST or HOST:PORT`;
table(
  "a registry host",
  registryHostKind,
  {
    "docker.io": "docker.io",
    "Registry.Example:5000": "registry.example:5000",
    "127.0.0.1:5000": "127.0.0.1:5000",
    "[::1]:5000": "[::1]:5000",
  },
  {
    "http://r.example": '"http://r.example" is a URL: write HOST or HOST:PORT alone',
    "r.example/team": notARegistry("r.example/team"),
    "r.example:0": notARegistry("r.example:0"),
    "r.example:65536": notARegistry("r.example:65536"),
    "-r": notARegistry("-r"),
    "": notARegistry(""),
  },
);
