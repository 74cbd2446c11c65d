import {
  addressKind,
  hostPortKind,
  hostPortOrOffKind,
  ipAddressKind,
  registryHostKind,
  remoteAddressKind,
  trackerUrlKind,
} from "./network-kinds.ts";
import { valueKindTable } from "./testing/value-kind-table.ts";

const notHostPort = (text: string) => `"${text}" is not HOST:PORT: write for example 0.0.0.0:6882`;
valueKindTable(
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
valueKindTable(
  "a host and port that can be off",
  hostPortOrOffKind,
  { off: undefined, "127.0.0.1:0": { host: "127.0.0.1", port: 0 } },
  { no: notHostPort("no") },
);

const notAnAddress = (text: string) =>
  `"${text}" is not an address: write unix:///PATH or tcp://HOST:PORT`;
const socketPath = (length: number) => `unix:///${"s".repeat(length - 1)}`;
valueKindTable(
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
valueKindTable(
  "an address to dial",
  remoteAddressKind,
  { "tcp://a:1": { kind: "tcp", host: "a", port: 1 } },
  {
    "tcp://a:0": '"tcp://a:0" has no port to dial',
  },
);

const notATracker = (text: string) =>
  `"${text}" is not a tracker: write http://HOST:PORT/announce or https://HOST/announce`;
valueKindTable(
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

valueKindTable(
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
valueKindTable(
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
